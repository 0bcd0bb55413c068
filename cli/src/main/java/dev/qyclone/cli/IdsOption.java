package dev.qyclone.cli;

import java.util.Arrays;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** A prompt as token ids, which needs no tokenizer. */
final class IdsOption {
    @Option(names = "--ids", required = true, paramLabel = "IDS", converter = ListConverter.class,
            description = "Token ids of the prompt, such as 1,2,3.")
    TokenIds ids;

    /** The ids, in order. */
    record TokenIds(int[] values) {
    }

    /** Numbers between commas or spaces. */
    static final class ListConverter implements ITypeConverter<TokenIds> {
        @Override
        public TokenIds convert(String value) {
            String[] words = value.strip().split("\\s*,\\s*|\\s+", -1);
            try {
                return new TokenIds(Arrays.stream(words).mapToInt(Integer::parseInt).toArray());
            } catch (NumberFormatException e) {
                throw new TypeConversionException("expected token ids such as 1,2,3, got '" + shortened(value) + "'");
            }
        }

        private static String shortened(String value) {
            return value.length() <= 60 ? value : value.substring(0, 60) + "…";
        }
    }
}
