package dev.qyclone.tasks.kernels;

/**
 * Where packed blocks of 32 weights lie. A matrix is stacked slices of groups of sixteen rows; a word of each of a group's rows lies
 * beside that of the next row, and the same for scales. So "word n of a block" is sixteen integers. In one row, elements
 * 8k to 8k + 7 of a block are the nibbles of word k, lowest first; in formats of more bits the high bits follow in further words.
 * Weights are signed: what the file's type subtracts or adds is in the sign or in the minimum.
 */
public final class BlockFormat {
    /** Eight bits, a float scale. Q8_0. */
    public static final int BYTES = 0;
    /** Four bits, a float scale. Q4_0. */
    public static final int FOUR = 1;
    /** Four bits; a fifth word holds scale and minimum as halves, the scale below. Q4_1. */
    public static final int FOUR_MINIMUM = 2;
    /** Eight blocks of four bits, then four words of scales and minimums, six bits in a byte; two floats multiply them. Q4_K. */
    public static final int FOUR_SUPER = 3;
    /** Five bits: a fifth word of high bits; a float scale. Q5_0. */
    public static final int FIVE = 4;
    /** Five bits; a sixth word as in {@link #FOUR_MINIMUM}. Q5_1. */
    public static final int FIVE_MINIMUM = 5;
    /** Eight blocks of five bits, then scales and minimums as in {@link #FOUR_SUPER}. Q5_K. */
    public static final int FIVE_SUPER = 6;
    /** Eight blocks of six bits: two words of high bits each; then four words of signed scales, one for 16 weights; a float. Q6_K. */
    public static final int SIX_SUPER = 7;

    private BlockFormat() {
    }

    /** Words of one row's block, without what a super-block adds. */
    public static int blockWords(int format) {
        int words = 8;
        if (format == FOUR || format == FOUR_SUPER) {
            words = 4;
        }
        if (format == FOUR_MINIMUM || format == FIVE || format == FIVE_SUPER) {
            words = 5;
        }
        if (format == FIVE_MINIMUM || format == SIX_SUPER) {
            words = 6;
        }
        return words;
    }

    /** Whether eight blocks share scales. */
    public static boolean isSuper(int format) {
        return format == FOUR_SUPER || format == FIVE_SUPER || format == SIX_SUPER;
    }

    /** Whether a block's last word holds its scale and its minimum. */
    static boolean hasMinimum(int format) {
        return format == FOUR_MINIMUM || format == FIVE_MINIMUM;
    }

    /** Bits of a weight in the words that come before those of high bits. */
    static int lowBits(int format) {
        int bits = 4;
        if (format == BYTES) {
            bits = 8;
        }
        return bits;
    }

    /** Parts of a block that have scales of their own. */
    static int pieces(int format) {
        int pieces = 1;
        if (format == SIX_SUPER) {
            pieces = 2;
        }
        return pieces;
    }

    /** What was taken from the weights of a format with minimums, so that they are signed. */
    static float middle(int format) {
        float middle = 8f;
        if (format > FOUR_SUPER) {
            middle = 16f;
        }
        return middle;
    }

    /** Index of the first lane's first word of block b. */
    static int wordAt(int format, int group, int blocks, int b) {
        int words = (group * blocks + b) * blockWords(format);
        if (isSuper(format)) {
            words += (group * (blocks >> 3) + (b >> 3)) * 4;
        }
        return words * 16;
    }

    /** Index of the first lane's first word of scales of the super-block of block b. */
    static int scaleWordAt(int format, int group, int blocks, int b) {
        return wordAt(format, group, blocks, (b >> 3) << 3) + 8 * blockWords(format) * 16;
    }

    /** Index of the first lane's word with the high bits of word k. */
    static int highAt(int format, int block, int k) {
        int high = 4;
        if (format == SIX_SUPER) {
            high = 4 + (k >> 1);
        }
        return block + high * 16;
    }

    /** How far below the top the high bits of word k's first element end. */
    static int highLeft(int format, int k) {
        int left = 31 - 8 * k;
        if (format == SIX_SUPER) {
            left = 30 - 16 * (k & 1);
        }
        return left;
    }

    static int highRight(int format) {
        return 32 - highBits(format);
    }

    static int highBits(int format) {
        int bits = 1;
        if (format == SIX_SUPER) {
            bits = 2;
        }
        return bits;
    }
}
