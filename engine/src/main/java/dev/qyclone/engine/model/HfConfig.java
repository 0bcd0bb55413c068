package dev.qyclone.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.JsonFile;
import java.nio.file.Path;

/**
 * Hugging Face's config.json to {@link ModelConfig}. Defaults where a key is absent are those of transformers'
 * configuration_qwen2.py; sizes that shape the weights have none.
 */
final class HfConfig {
    private HfConfig() {
    }

    static ModelConfig read(Path folder, JsonNode config) {
        JsonFile file = new JsonFile(folder.resolve("config.json"), config);
        Architecture architecture = architecture(file);
        if (architecture != Architecture.QWEN2) {
            throw ModelLoader.notYet(file.path() + ": architecture " + architecture.ggufName());
        }
        requireSupported(file);
        int heads = file.requireInt("num_attention_heads");
        int dim = file.requireInt("hidden_size");
        if (heads <= 0 || dim % heads != 0) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": num_attention_heads does not fit hidden_size")
                    .expected("a divisor of " + dim).got(heads);
        }
        JsonFile rope = file.object("rope_parameters");
        double ropeBase = rope.doubleOr("rope_theta", file.doubleOr("rope_theta", 10_000));
        return new ModelConfig(
                architecture, dim, file.requireInt("num_hidden_layers"), heads, file.intOr("num_key_value_heads", heads),
                file.intOr("head_dim", dim / heads), file.requireInt("intermediate_size"), file.requireInt("vocab_size"),
                file.intOr("max_position_embeddings", 32_768), (float) file.doubleOr("rms_norm_eps", 1e-6), ropeBase);
    }

    static boolean tied(JsonNode config) {
        return config.path("tie_word_embeddings").asBoolean(false);
    }

    private static Architecture architecture(JsonFile file) {
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

    private static void requireSupported(JsonFile file) {
        String activation = file.stringOr("hidden_act", "silu");
        if (!activation.equals("silu")) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": hidden_act").expected("silu").got(activation);
        }
        if (file.booleanOr("use_sliding_window", false) && file.has("sliding_window")) {
            throw ModelLoader.notYet(file.path() + ": use_sliding_window");
        }
        for (String key : new String[] {"rope_scaling", "rope_parameters"}) {
            JsonFile rope = file.object(key);
            String type = rope.stringOr("rope_type", rope.stringOr("type", "default"));
            if (!type.equals("default")) {
                throw ModelLoader.notYet(file.path() + ": " + key + " of type " + type);
            }
        }
        if (file.has("dual_chunk_attention_config")) {
            throw ModelLoader.notYet(file.path() + ": dual_chunk_attention_config");
        }
    }
}
