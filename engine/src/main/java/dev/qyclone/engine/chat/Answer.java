package dev.qyclone.engine.chat;

/**
 * An answer as the model wrote it. The same text may be cut into tokens in several ways; a session that holds the keys and values of
 * these must be given these again, or it computes them anew.
 *
 * @param text what the ids stand for
 * @param ids without the token that ended the answer
 */
public record Answer(String text, int[] ids) {
    public Answer {
        ids = ids.clone();
    }

    @Override
    public int[] ids() {
        return ids.clone();
    }
}
