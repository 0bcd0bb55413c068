package dev.qyclone.engine.tokens;

import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Qwen's split of a text into pieces that merges never cross. */
final class TextSplitter {
    /** The pattern as published with Qwen, Qwen1.5, Qwen2 and Qwen2.5. */
    static final String PUBLISHED = "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*"
            + "|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /**
     * Without the flag Java's {@code \s} is ASCII only. Every loop here is over a single character class, which Java's
     * matcher runs without recursion, so that long pieces need no stack.
     */
    static final Pattern PATTERN = Pattern.compile(PUBLISHED, Pattern.UNICODE_CHARACTER_CLASS);

    private TextSplitter() {
    }

    /** The pieces of a normalized text. */
    static List<String> pieces(String text) {
        return PATTERN.matcher(text).results().map(MatchResult::group).toList();
    }

    /**
     * Writes {@code text[from .. to)} as UTF-8; a lone surrogate, which has no encoding, becomes U+FFFD.
     *
     * @param target has room for 3 bytes per char
     * @return bytes written
     */
    static int encodeUtf8(String text, int from, int to, byte[] target) {
        int at = 0;
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c < 0x80) {
                target[at++] = (byte) c;
                continue;
            }
            int point = c;
            if (Character.isHighSurrogate(c) && i + 1 < to && Character.isLowSurrogate(text.charAt(i + 1))) {
                point = Character.toCodePoint(c, text.charAt(++i));
            } else if (Character.isSurrogate(c)) {
                point = 0xFFFD;
            }
            if (point < 0x800) {
                target[at++] = (byte) (0xC0 | point >> 6);
            } else {
                if (point < 0x10000) {
                    target[at++] = (byte) (0xE0 | point >> 12);
                } else {
                    target[at++] = (byte) (0xF0 | point >> 18);
                    target[at++] = (byte) (0x80 | point >> 12 & 0x3F);
                }
                target[at++] = (byte) (0x80 | point >> 6 & 0x3F);
            }
            target[at++] = (byte) (0x80 | point & 0x3F);
        }
        return at;
    }
}
