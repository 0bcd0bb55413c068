package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.DualChunk;

/**
 * How one layer's attention sees positions, as data: computed once on the host and handed to every backend, so that all
 * devices share the same numbers bit for bit. Kernels read it and never compute it.
 *
 * <p>A query may be turned in several ways: with Dual Chunk Attention by {@link #OWN}, {@link #BEFORE} and {@link #OLDER}, for keys of its
 * own chunk, of the one before, and of older ones; else there is one turn, {@link #OWN}.
 *
 * @param rope angles that turn queries and keys
 * @param queryScale what queries are multiplied with
 * @param keyScale what keys are multiplied with before they are kept
 * @param window how many positions a query sees, its own included; 0 for all up to its own
 * @param chunks of Dual Chunk Attention, or none
 */
public record AttentionPolicy(RopeTable rope, PositionScale queryScale, PositionScale keyScale, int window, DualChunk chunks) {
    /** The turn for keys of the query's own chunk, or of the whole text where there are no chunks. */
    public static final int OWN = 0;
    /** The turn for keys of the chunk before. */
    public static final int BEFORE = 1;
    /** The turn for keys of older chunks. */
    public static final int OLDER = 2;

    /** Full attention. */
    public static AttentionPolicy full(RopeTable rope) {
        return windowed(rope, 0);
    }

    /** A window, 0 for full attention. */
    public static AttentionPolicy windowed(RopeTable rope, int window) {
        return new AttentionPolicy(rope, PositionScale.none(), PositionScale.none(), window, DualChunk.NONE);
    }

    /** The first position that the query at {@code position} sees. */
    public int firstVisible(int position) {
        return window == 0 ? 0 : Math.max(0, position - window + 1);
    }

    /** In how many ways a query is turned. */
    public int turns() {
        return chunks.isNone() ? 1 : 3;
    }

    /** How the query at {@code position} is turned for the key at {@code key} ≤ position. */
    public int turnFor(int position, int key) {
        return chunks.isNone() ? OWN : Math.min(position / chunks.length() - key / chunks.length(), OLDER);
    }

    /** The rotary position of the key at {@code position}. */
    public int keyPosition(int position) {
        return chunks.isNone() ? position : position % chunks.length();
    }

    /** The rotary position of the query at {@code position} in one of its turns. */
    public int queryPosition(int position, int turn) {
        if (chunks.isNone()) {
            return position;
        }
        int farthest = chunks.paper() ? chunks.chunkSize() - 1 : chunks.chunkSize();
        int within = position % chunks.length();
        return switch (turn) {
            case OWN -> within;
            case BEFORE -> Math.min(within + chunks.length(), farthest);
            default -> chunks.paper() ? farthest : Math.min(2 * chunks.length() - 1, farthest);
        };
    }

    /** Rotary positions that are needed for a text of {@code length}. */
    public int ropePositions(int length) {
        return chunks.isNone() ? length : chunks.chunkSize() + 1;
    }

    /** In words, for the plan and {@code inspect}. */
    public String words() {
        String sight = window == 0 ? "full attention" : "a window of " + window;
        if (!chunks.isNone()) {
            sight = "dual chunks of " + chunks.chunkSize() + " with " + chunks.localSize() + " local"
                    + (chunks.paper() ? " (the paper's)" : "");
        }
        return sight + ", " + rope.words() + (queryScale.isNone() ? "" : ", " + queryScale.words());
    }
}
