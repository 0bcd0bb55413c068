package dev.qyclone.engine.tokens;

import java.util.Arrays;

/**
 * The table that writes every byte as one printable character, as vocab.json, merges.txt, tokenizer.json and GGUF tokens do
 * (GPT-2's {@code bytes_to_unicode}): printable Latin-1 stands for itself, the other 68 bytes are U+0100 and on, ascending.
 */
final class ByteAlphabet {
    private static final char[] CHAR_OF = new char[256];
    private static final short[] BYTE_OF = new short[0x144];

    static {
        Arrays.fill(BYTE_OF, (short) -1);
        char moved = 0x100;
        for (int value = 0; value < 256; value++) {
            boolean printable = value >= 0x21 && value <= 0x7E || value >= 0xA1 && value <= 0xAC || value >= 0xAE;
            CHAR_OF[value] = printable ? (char) value : moved++;
            BYTE_OF[CHAR_OF[value]] = (short) value;
        }
    }

    private ByteAlphabet() {
    }

    /**
     * Writes the bytes that {@code text[from .. to)} stands for.
     *
     * @return false if a character stands for no byte
     */
    static boolean decode(String text, int from, int to, byte[] target, int at) {
        for (int i = from; i < to; i++) {
            char c = text.charAt(i);
            if (c >= BYTE_OF.length || BYTE_OF[c] < 0) {
                return false;
            }
            target[at + i - from] = (byte) BYTE_OF[c];
        }
        return true;
    }

    /** Bytes in this alphabet, for messages. */
    static String encode(byte[] bytes) {
        StringBuilder text = new StringBuilder(bytes.length);
        for (byte value : bytes) {
            text.append(CHAR_OF[value & 0xFF]);
        }
        return text.toString();
    }
}
