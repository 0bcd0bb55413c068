package dev.qyclone.cli;

import dev.qyclone.engine.generation.Session;

/** The likeliest token, again and again. */
final class Greedy {
    private Greedy() {
    }

    /** The id of the largest logit; the lowest of them on a tie, as Hugging Face's generate has it. */
    static int argmax(float[] logits) {
        int best = 0;
        for (int id = 1; id < logits.length; id++) {
            if (logits[id] > logits[best]) {
                best = id;
            }
        }
        return best;
    }

    /** The {@code count} ids that follow a prompt; end tokens do not stop it. */
    static int[] continuation(Session session, int[] prompt, int count, Session.Progress progress) {
        int[] ids = new int[count];
        float[] logits = session.append(prompt, progress);
        for (int i = 0; i < count; i++) {
            ids[i] = argmax(logits);
            if (i < count - 1) {
                logits = session.append(ids[i]);
            }
        }
        return ids;
    }
}
