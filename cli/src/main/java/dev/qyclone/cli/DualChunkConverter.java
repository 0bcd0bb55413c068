package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.model.DualChunk;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Reads {@code CHUNK:LOCAL[:ORIG[:paper]]}, such as {@code 32768:512}. */
final class DualChunkConverter implements ITypeConverter<DualChunk> {
    private static final Pattern FORM = Pattern.compile("(\\d{1,9}):(\\d{1,9})(?::(\\d{1,9}))?(:paper)?");

    @Override
    public DualChunk convert(String text) {
        Matcher parts = FORM.matcher(text);
        if (!parts.matches()) {
            throw new TypeConversionException("expected CHUNK:LOCAL[:ORIG[:paper]], such as 32768:512, not " + text);
        }
        int original = parts.group(3) == null ? 0 : Integer.parseInt(parts.group(3));
        try {
            return new DualChunk(Integer.parseInt(parts.group(1)), Integer.parseInt(parts.group(2)), original, parts.group(4) != null);
        } catch (EngineException e) {
            throw new TypeConversionException(e.getMessage());
        }
    }
}
