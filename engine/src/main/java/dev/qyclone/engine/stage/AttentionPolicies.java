package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.RopeScaling;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** A model's attention policies, one per layer; all of a base share one rotary table. */
public final class AttentionPolicies {
    private final ModelConfig config;
    private final Map<Double, RopeTable> tables = new ConcurrentHashMap<>();
    private final Map<Double, List<AttentionPolicy>> byBase = new ConcurrentHashMap<>();

    public AttentionPolicies(ModelConfig config) {
        this.config = config;
    }

    /**
     * The policies of a session whose prompt has so many tokens: dynamic NTK fixes its base by the prompt, for all that follows.
     *
     * @return one per layer; the same list for prompts that lead to the same constants
     */
    public List<AttentionPolicy> forPrompt(int tokens) {
        double base = switch (config.attention().scaling()) {
            case RopeScaling.DynamicNtk ntk -> ntkBase(config.ropeBase(), config.headDim(), ntkAlpha(tokens, ntk.trainedLength()));
            case RopeScaling.None none -> config.ropeBase();
            case RopeScaling.Yarn yarn -> config.ropeBase();
        };
        int original = config.attention().chunks().originalContext();
        // A temperature goes with the exact length of the prompt: too many to be worth keeping.
        return original > 0 && tokens > original ? build(base, tokens) : byBase.computeIfAbsent(base, known -> build(known, 0));
    }

    private List<AttentionPolicy> build(double base, int prompt) {
        AttentionConfig attention = config.attention();
        RopeTable rope = tables.computeIfAbsent(base, this::table);
        DualChunk chunks = attention.chunks();
        PositionScale temperature = chunks.originalContext() == 0
                ? PositionScale.none()
                : PositionScale.temperature(chunks.originalContext(), prompt);
        PositionScale scale = attention.logNLength() == 0 ? temperature : PositionScale.logN(attention.logNLength());
        List<AttentionPolicy> policies = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            policies.add(new AttentionPolicy(rope, scale, temperature, attention.window(layer), chunks));
        }
        return List.copyOf(policies);
    }

    private RopeTable table(double base) {
        return switch (config.attention().scaling()) {
            case RopeScaling.None none -> RopeTable.plain(base, config.headDim());
            case RopeScaling.DynamicNtk ntk -> RopeTable.plain(base, config.headDim());
            case RopeScaling.Yarn yarn -> RopeTable.yarn(base, config.headDim(), yarn);
        };
    }

    /** Dynamic NTK's alpha for a prompt of n tokens: max(2^ceil(log2(n / S) + 1) − 1, 1) (modeling_qwen.py, get_ntk_alpha). */
    static double ntkAlpha(int tokens, int trainedLength) {
        // The subtraction keeps exact powers of two from being rounded up.
        double exponent = Math.ceil(Math.log(tokens / (double) trainedLength) / Math.log(2) + 1 - 1e-9);
        return Math.max(Math.pow(2, exponent) - 1, 1);
    }

    /** base · alpha^(d / (d − 2)). */
    static double ntkBase(double base, int headDim, double alpha) {
        return base * Math.pow(alpha, headDim / (headDim - 2.0));
    }
}
