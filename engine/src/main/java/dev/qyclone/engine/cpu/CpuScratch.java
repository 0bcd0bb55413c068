package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;

/** The host's working memory for one call of a layer; shared by the layers of a stage, grown to the largest call. */
final class CpuScratch {
    private final ModelConfig config;
    private final int turns;
    private int tokens;
    float[] normed = {}; // (tokens, dim)
    float[] q = {}; // (turns, tokens, qDim)
    float[] k = {}; // (tokens, kvDim)
    float[] v = {}; // (tokens, kvDim)
    float[][] qkv = {}; // q, k and v
    float[] attended = {}; // (tokens, qDim)
    float[] projected = {}; // (tokens, dim)
    float[] gate = {}; // (tokens, the widest of ffnDim, expertDim, sharedDim)
    float[] up = {}; // (tokens, as gate)
    float[] routed = {}; // (tokens, experts)
    float[] gathered = {}; // (tokens, dim), of a mixture
    final double[] probabilities; // (experts)

    CpuScratch(ModelConfig config) {
        this.config = config;
        this.turns = config.attention().chunks().isNone() ? 1 : 3;
        this.probabilities = new double[config.mixture().experts()];
    }

    /** Makes room for calls of {@code rows} tokens. */
    void reserve(int rows) {
        if (rows <= tokens) {
            return;
        }
        normed = rows(rows, config.dim());
        q = rows(rows, Math.multiplyExact(turns, config.qDim()));
        k = rows(rows, config.kvDim());
        v = rows(rows, config.kvDim());
        qkv = new float[][] {q, k, v};
        attended = rows(rows, config.qDim());
        projected = rows(rows, config.dim());
        MixtureConfig mixture = config.mixture();
        boolean dense = mixture.experts() == 0;
        int widest = dense ? config.ffnDim() : Math.max(mixture.expertDim(), mixture.sharedDim());
        gate = rows(rows, widest);
        up = rows(rows, widest);
        routed = rows(rows, mixture.experts());
        gathered = rows(rows, dense ? 0 : config.dim());
        tokens = rows;
    }

    private static float[] rows(int rows, int width) {
        return new float[Math.multiplyExact(rows, width)];
    }
}
