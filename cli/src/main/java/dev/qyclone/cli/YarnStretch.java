package dev.qyclone.cli;

import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/**
 * The value of {@code --yarn}.
 *
 * @param factor by how much positions are stretched
 * @param original the context that the model was trained at, or 0 for what its files say
 */
record YarnStretch(double factor, int original) {
    /** Such as {@code 4} or {@code 4:32768}. */
    static final class Converter implements ITypeConverter<YarnStretch> {
        private static final Pattern STRETCH = Pattern.compile("(\\d{1,6}(?:\\.\\d+)?)(?::(\\d{1,9}))?");

        @Override
        public YarnStretch convert(String value) {
            Matcher match = STRETCH.matcher(value.strip());
            if (!match.matches()) {
                throw new TypeConversionException("expected a factor, such as 4 or 4:32768, got '" + value + "'");
            }
            double factor = Double.parseDouble(match.group(1));
            int original = match.group(2) == null ? 0 : Integer.parseInt(match.group(2));
            if (factor < 1) {
                throw new TypeConversionException("the factor must be at least 1, not " + match.group(1));
            }
            if (match.group(2) != null && original == 0) {
                throw new TypeConversionException("the original context must be at least 1, not 0");
            }
            return new YarnStretch(factor, original);
        }
    }
}
