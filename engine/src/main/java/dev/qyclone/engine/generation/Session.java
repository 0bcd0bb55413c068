package dev.qyclone.engine.generation;

/** One conversation: the ids it has seen, their keys and values in every stage, and how far it may grow. */
public final class Session implements AutoCloseable {
    /** Told how far a long prefill is. */
    @FunctionalInterface
    public interface Progress {
        void advanced(int done, int total);
    }

    /** Positions it may grow to. */
    public int context() {
        throw new UnsupportedOperationException("contract only");
    }

    /** Ids whose keys and values it holds. */
    public int length() {
        throw new UnsupportedOperationException("contract only");
    }

    /** A copy of those ids. */
    public int[] ids() {
        throw new UnsupportedOperationException("contract only");
    }

    /**
     * Appends ids and returns the logits (vocab) after the last. The array is the session's and is overwritten by the next call.
     *
     * @throws dev.qyclone.engine.error.EngineException CONTEXT_FULL before anything is computed, if they do not fit;
     *     BAD_REQUEST for an empty list or an id outside the vocabulary; NON_FINITE as the stages say
     */
    public float[] append(int[] ids, Progress progress) {
        throw new UnsupportedOperationException("contract only");
    }

    /**
     * Makes the session hold exactly {@code ids}: what it has of them already is kept, the rest is computed. At least
     * the last id is computed, so that its logits can be returned.
     *
     * @return how many leading ids were kept; the logits are those of {@link #logits()}
     */
    public int continueWith(int[] ids, Progress progress) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Logits after the last id; valid after append or continueWith. */
    public float[] logits() {
        throw new UnsupportedOperationException("contract only");
    }

    /** Forgets everything from position {@code length} on. */
    public void truncate(int length) {
        throw new UnsupportedOperationException("contract only");
    }

    @Override
    public void close() {
        throw new UnsupportedOperationException("contract only");
    }
}
