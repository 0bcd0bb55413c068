package dev.qyclone.engine.generation;

/** What the generator needs of a session: ids in, logits of the next id out. */
interface LogitsSource {
    /** See {@link Session#context()}. */
    int context();

    /** See {@link Session#continueWith}. */
    int continueWith(int[] whole, Session.Progress progress);

    /** See {@link Session#append(int)}. */
    float[] append(int id);

    /** See {@link Session#appendForLargest}. */
    int appendForLargest(int id);

    /** See {@link Session#logits()}. */
    float[] logits();
}
