package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import java.util.List;
import java.util.Random;

/**
 * What all devices are given alike: a prompt of ids drawn from the whole vocabulary, the same in every run.
 *
 * @param ids (prompt)
 * @param hidden their embeddings, (prompt, dim)
 * @param policies of a session that begins with this prompt
 */
record ProbeInput(Workload workload, int dim, int vocab, int[] ids, float[] hidden, List<AttentionPolicy> policies) {
    private static final long SEED = 42;

    static ProbeInput of(Model model, Workload workload) {
        int[] ids = ids(model.config().vocab(), workload.prompt());
        int dim = model.config().dim();
        float[] hidden = new float[Math.multiplyExact(ids.length, dim)];
        for (int i = 0; i < ids.length; i++) {
            model.tokenEmbedding().decodeRow(ids[i], hidden, i * dim);
        }
        return new ProbeInput(workload, dim, model.config().vocab(), ids, hidden,
                new AttentionPolicies(model.config()).forPrompt(workload.prompt()));
    }

    static int[] ids(int vocab, int count) {
        return new Random(SEED).ints(count, 0, vocab).toArray();
    }
}
