package dev.qyclone.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.JsonFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Hugging Face's config.json to {@link ModelConfig}. Defaults where a key is absent are those of transformers'
 * configuration_qwen2.py and of the first Qwen's configuration_qwen.py; sizes that shape the weights have none.
 */
final class HfConfig {
    private final JsonFile file;

    HfConfig(Path folder, JsonNode config) {
        this.file = new JsonFile(folder.resolve("config.json"), config);
    }

    static ModelConfig read(Path folder, JsonNode config) {
        return new HfConfig(folder, config).read();
    }

    static boolean tied(JsonNode config) {
        return config.path("tie_word_embeddings").asBoolean(false);
    }

    private ModelConfig read() {
        Architecture architecture = architecture();
        return architecture == Architecture.QWEN ? firstQwen() : qwen2(architecture);
    }

    private ModelConfig qwen2(Architecture architecture) {
        String activation = file.stringOr("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": hidden_act").expected("silu").got(activation);
        }
        int heads = file.requireInt("num_attention_heads");
        int dim = file.requireInt("hidden_size");
        requireDivides(heads, dim);
        int layers = file.requireInt("num_hidden_layers");
        int context = file.intOr("max_position_embeddings", 32_768);
        JsonFile rope = file.object("rope_parameters");
        return new ModelConfig(
                architecture, dim, layers, heads, file.intOr("num_key_value_heads", heads), file.intOr("head_dim", dim / heads),
                file.requireInt("intermediate_size"), file.requireInt("vocab_size"), context,
                (float) file.doubleOr("rms_norm_eps", 1e-6), rope.doubleOr("rope_theta", file.doubleOr("rope_theta", 10_000)),
                new AttentionConfig(scaling(context), 0, chunks(), windows(WindowRule.CURRENT)), mixture(architecture, layers));
    }

    /** The names of August 2023 and those after; intermediate_size is twice the width that the weights have. */
    private ModelConfig firstQwen() {
        int dim = either("hidden_size", "n_embd");
        int heads = either("num_attention_heads", "n_head");
        requireDivides(heads, dim);
        int layers = either("num_hidden_layers", "n_layer");
        int context = file.intOr("max_position_embeddings", file.intOr("n_positions", 8192));
        boolean ntk = file.booleanOr("use_dynamic_ntk", false);
        boolean logN = file.booleanOr("use_logn_attn", false);
        int trained = ntk || logN ? file.requireInt("seq_length") : 0;
        if (file.doubleOr("rotary_pct", 1) != 1) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": rotary_pct").expected(1).got(file.doubleOr("rotary_pct", 1));
        }
        return new ModelConfig(
                Architecture.QWEN, dim, layers, heads, heads, file.intOr("kv_channels", dim / heads),
                either("intermediate_size", "ffn_hidden_size") / 2, either("vocab_size", "padded_vocab_size"), context,
                (float) file.doubleOr("layer_norm_epsilon", 1e-6), file.doubleOr("rotary_emb_base", 10_000),
                new AttentionConfig(
                        ntk ? new RopeScaling.DynamicNtk(trained) : new RopeScaling.None(), logN ? trained : 0, DualChunk.NONE, List.of()),
                MixtureConfig.NONE);
    }

    private int either(String key, String older) {
        return !file.has(key) && file.has(older) ? file.requireInt(older) : file.requireInt(key);
    }

    private Architecture architecture() {
        String type = file.stringOr("model_type", "");
        for (JsonNode name : file.root().path("architectures")) {
            if (Architecture.ofConfig(name.asText()).isPresent()) {
                return Architecture.ofConfig(name.asText()).get();
            }
        }
        return Architecture.ofConfig(type).orElseThrow(() ->
                new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": model_type is not of the Qwen line")
                        .expected("qwen, qwen2, qwen2_moe").got(type.isEmpty() ? "none" : type));
    }

    /** An explicit factor wins over max_position / original (see the changes of transformers in 2025). */
    private RopeScaling scaling(int context) {
        for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
            JsonFile rope = file.object(key);
            String type = rope.stringOr("rope_type", rope.stringOr("type", "default"));
            if (type.equals("yarn")) {
                return new RopeScaling.Yarn(
                        rope.requireDouble("factor"), rope.intOr("original_max_position_embeddings", context),
                        rope.doubleOr("attention_factor", 0), rope.doubleOr("beta_fast", RopeScaling.Yarn.BETA_FAST),
                        rope.doubleOr("beta_slow", RopeScaling.Yarn.BETA_SLOW));
            }
            if (!type.equals("default")) {
                throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + key + " is of an unknown type")
                        .expected("default or yarn").got(type);
            }
        }
        return new RopeScaling.None();
    }

    /** As vLLM reads it; its defaults are chunks of 8192 with 1024 local, without a temperature. */
    private DualChunk chunks() {
        if (!file.has("dual_chunk_attention_config")) {
            return DualChunk.NONE;
        }
        JsonFile chunks = file.object("dual_chunk_attention_config");
        return new DualChunk(chunks.intOr("chunk_size", 8192), chunks.intOr("local_size", 1024),
                chunks.intOr("original_max_position_embeddings", 0), false);
    }

    /** S of the first Qwen, or 0. */
    int trainedLength() {
        return file.intOr("seq_length", 0);
    }

    /** For each layer how many positions a query sees; empty without use_sliding_window. */
    List<Integer> windows(WindowRule rule) {
        int layers = file.requireInt("num_hidden_layers");
        if (!file.booleanOr("use_sliding_window", false) || !file.has("sliding_window")) {
            return List.of();
        }
        int window = file.requireInt("sliding_window");
        if (window < 1) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": sliding_window with use_sliding_window")
                    .expected("a positive number").got(window);
        }
        JsonNode types = file.root().path("layer_types");
        int first = file.intOr("max_window_layers", 28);
        if (types.isArray() && types.size() != layers) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": layer_types has the wrong length")
                    .expected(layers).got(types.size());
        }
        List<Integer> windows = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            boolean windowed = switch (rule) {
                case CURRENT -> types.isArray() ? types.get(layer).asText().equals("sliding_attention") : layer >= first;
                case LEGACY -> layer < first;
            };
            windows.add(windowed ? window : 0);
        }
        return windows;
    }

    private MixtureConfig mixture(Architecture architecture, int layers) {
        if (architecture != Architecture.QWEN2MOE) {
            return MixtureConfig.NONE;
        }
        if (file.intOr("decoder_sparse_step", 1) != 1 || !file.root().path("mlp_only_layers").isEmpty()) {
            throw ModelLoader.notYet(file.path() + ": decoder_sparse_step and mlp_only_layers other than in published models");
        }
        return new MixtureConfig(
                file.requireInt("num_experts"), file.requireInt("num_experts_per_tok"), file.requireInt("moe_intermediate_size"),
                file.requireInt("shared_expert_intermediate_size"), file.booleanOr("norm_topk_prob", false));
    }

    private void requireDivides(int heads, int dim) {
        if (heads <= 0 || dim % heads != 0) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": num_attention_heads does not fit hidden_size")
                    .expected("a divisor of " + dim).got(heads);
        }
    }
}
