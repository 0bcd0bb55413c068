package dev.qyclone.bench;

/** The shape of a weight matrix, written as rows x cols: out by in. */
record MatrixShape(int rows, int cols) {
    /** Reads {@code 4864x896}. */
    static MatrixShape of(String words) {
        String[] sizes = words.split("x");
        if (sizes.length != 2) {
            throw new IllegalArgumentException("shape " + words + ": expected rows x cols, such as 4864x896");
        }
        return new MatrixShape(Integer.parseInt(sizes[0]), Integer.parseInt(sizes[1]));
    }
}
