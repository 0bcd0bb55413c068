package dev.qyclone.engine.ops;

import dev.qyclone.engine.tensor.Tensor;

/**
 * Copies of weights in the order in which an {@link Ops} computes fastest. Closing gives their memory back, and the ops read what is
 * stored again.
 */
public interface PreparedWeights extends AutoCloseable {
    /** No copies. */
    PreparedWeights NONE = new PreparedWeights() {
        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {
        }
    };

    /** Memory that the copy of a matrix would take, at most: 0 for one that is computed with as it is stored. */
    static long bytesOf(Tensor matrix) {
        return InterleavedRows.bytesOf(matrix);
    }

    /** Memory that the copies take. */
    long bytes();

    @Override
    void close();
}
