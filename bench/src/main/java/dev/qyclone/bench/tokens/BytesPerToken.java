package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.profiles.ModelNeeds;

/** What must be read to compute one token: each weight once, of a mixture the experts that are used, and the keys and values so far. */
public final class BytesPerToken {
    private BytesPerToken() {
    }

    /** Stored bytes of weights; of the embedding one row. */
    static long weights(Model model) {
        MixtureConfig mixture = model.config().mixture();
        long layers = model.layers().stream().mapToLong(layer -> UsedWeights.bytes(layer, mixture)).sum();
        return layers + model.tokenEmbedding().rowBytes() + model.outputNorm().bytes() + model.output().bytes();
    }

    /** Weights, and the keys and values that a token sees in the middle of a test. */
    public static long of(Model model, KvType kvType, TokenTest test) {
        return weights(model) + ModelNeeds.of(model).seenKv(middle(test), kvType);
    }

    /** The same where each run of layers keeps keys and values in its own way. */
    static long of(Model model, Placement placement, TokenTest test) {
        ModelNeeds needs = ModelNeeds.of(model);
        long seen = 0;
        for (Placement.Run run : placement.runs()) {
            for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
                int window = needs.layers().get(layer).window();
                int positions = window == 0 ? middle(test) : Math.min(middle(test), window);
                seen += 2L * needs.keyWidth() * run.options().kvType().bytes() * positions;
            }
        }
        return weights(model) + seen;
    }

    private static int middle(TokenTest test) {
        return test.depth() + test.gen() / 2;
    }
}
