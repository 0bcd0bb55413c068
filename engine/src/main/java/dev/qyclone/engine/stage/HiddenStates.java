package dev.qyclone.engine.stage;

/**
 * The rows that travel between stages: (tokens, dim) floats on the host, row by row. The array has room for
 * {@link #capacity()} rows; the first {@link #tokens()} count.
 */
public final class HiddenStates {
    private final int dim;
    private final int capacity;
    private final float[] data;
    private int tokens;

    public HiddenStates(int capacity, int dim) {
        this.dim = dim;
        this.capacity = capacity;
        this.data = new float[Math.multiplyExact(capacity, dim)];
    }

    /** Sets how many rows count. */
    public HiddenStates resize(int rows) {
        if (rows < 0 || rows > capacity) {
            throw new IllegalArgumentException("rows " + rows + " outside [0, " + capacity + "]");
        }
        tokens = rows;
        return this;
    }

    public int tokens() {
        return tokens;
    }

    public int dim() {
        return dim;
    }

    public int capacity() {
        return capacity;
    }

    /** (capacity, dim) */
    public float[] data() {
        return data;
    }

    /** Index of the first NaN or infinity among the rows that count, or -1. */
    public int firstNonFinite() {
        return firstNonFinite(data, tokens * dim);
    }

    /** Index of the first NaN or infinity among the first {@code count} values, or -1. */
    public static int firstNonFinite(float[] values, int count) {
        float sum = 0;
        for (int i = 0; i < count; i++) {
            sum += values[i] * 0f; // 0 for finite values, NaN for all others: one pass without branches
        }
        if (sum == 0f) {
            return -1;
        }
        int i = 0;
        while (Float.isFinite(values[i])) {
            i++;
        }
        return i;
    }
}
