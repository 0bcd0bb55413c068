package dev.qyclone.engine.stage;

/**
 * What turned queries are multiplied with, by position. The first Qwen's LogN (modeling_qwen.py): ln(p + 1) / ln S from position S on,
 * so that attention stays as sharp over longer texts as over those of training.
 */
public final class QueryScale {
    private static final QueryScale NONE = new QueryScale(0);

    private final int length;

    private QueryScale(int length) {
        this.length = length;
    }

    /** 1 everywhere. */
    public static QueryScale none() {
        return NONE;
    }

    /** @param length S, more than 1 */
    public static QueryScale logN(int length) {
        if (length < 2) {
            throw new IllegalArgumentException("length " + length + " < 2");
        }
        return new QueryScale(length);
    }

    /** True if it is 1 everywhere. */
    public boolean isNone() {
        return length == 0;
    }

    /** The factor at one position, from 0 on. */
    public float at(int position) {
        return length == 0 || position < length ? 1 : (float) (Math.log(position + 1.0) / Math.log(length));
    }

    public String words() {
        return "LogN from position " + length;
    }
}
