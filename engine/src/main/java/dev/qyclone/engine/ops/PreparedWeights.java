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

    /**
     * The fewest bits to which decode rounds an activation in products over the copy of a matrix, unless exact ones are asked for; 0
     * where it keeps them as floats.
     */
    static int activationBits(Tensor matrix) {
        return bytesOf(matrix) == 0 ? 0 : RoundedActivations.bits(matrix.type());
    }

    /** Memory that the copies take. */
    long bytes();

    @Override
    void close();
}
