package dev.qyclone.engine.ops;

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

    /** Memory that the copies take. */
    long bytes();

    @Override
    void close();
}
