package dev.qyclone.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ModelLoaderTest {
    @TempDir
    private Path temp;

    @ParameterizedTest
    @ValueSource(strings = {"model.gguf", ""})
    void bothFileFormsGiveTheSameModel(String file) {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa").resolve(file))) {
            ModelConfig expected = new ModelConfig(Architecture.QWEN2, 64, 3, 4, 2, 16, 96, 288, 512, 1e-6f, 1e6,
                    AttentionConfig.PLAIN, MixtureConfig.NONE);
            assertEquals(expected, model.config());
            assertFalse(model.tied());
            assertEquals(32, model.layers().get(2).k().rows());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.gguf", ""})
    void aTiedHeadIsTheEmbedding(String file) {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-tied").resolve(file))) {
            assertTrue(model.tied());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.gguf", ""})
    void theFirstQwensFusedWeightsAreCut(String file) {
        try (Model model = ModelLoader.load(Golden.folder("qwen1-ntk-logn").resolve(file))) {
            assertEquals(Architecture.QWEN, model.config().architecture());
            assertEquals(96, model.config().ffnDim());
            assertEquals(List.of(64L, 64L), model.layers().getFirst().v().shape());
            assertEquals(new AttentionConfig(new RopeScaling.DynamicNtk(32), 32, DualChunk.NONE, List.of()), model.config().attention());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"model.gguf", ""})
    void aMixtureHasItsExpertsApart(String file) {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-moe").resolve(file))) {
            assertEquals(new MixtureConfig(6, 2, 64, 96, false), model.config().mixture());
            FeedForward.Mixture ffn = (FeedForward.Mixture) model.layers().getFirst().ffn();
            assertEquals(6, ffn.experts().size());
            assertEquals(List.of(64L, 64L), ffn.experts().get(5).down().shape());
        }
    }

    @Test
    void theLayersThatAreWindowedFollowTheConfiguration() throws IOException {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-swa-mixed"))) {
            assertEquals(List.of(0, 0, 16), model.config().attention().windows());
        }
        ObjectNode config = config().put("use_sliding_window", true).put("sliding_window", 8).put("max_window_layers", 1);
        config.remove("layer_types");
        try (Model model = ModelLoader.load(folder(config))) {
            assertEquals(List.of(0, 8, 8), model.config().attention().windows());
        }
    }

    @Test
    void whatThisVersionCannotRunIsRefusedByName() throws IOException {
        ObjectNode config = config();
        requireRefused(config.put("model_type", "qwen2_moe").put("decoder_sparse_step", 2).set("architectures", null),
                "decoder_sparse_step");
    }

    @ParameterizedTest
    @CsvSource({"factor, 0.5, YaRN factor", "factor, '\"4\"', factor", "original_max_position_embeddings, 0, YaRN original context",
        "beta_fast, 1, beta_fast", "rope_type, '\"linear\"', linear"})
    void yarnThatMakesNoSenseIsRefused(String key, String json, String named) throws IOException {
        ObjectNode config = config();
        config.putObject("rope_parameters").put("rope_type", "yarn").put("factor", 4).put("rope_theta", 1e6)
                .set(key, new ObjectMapper().readTree(json));
        requireRefused(config, named);
    }

    @ParameterizedTest
    @CsvSource({"sliding_window, 0, sliding_window", "sliding_window, -1, sliding_window"})
    void aWindowThatMakesNoSenseIsRefused(String key, int value, String named) throws IOException {
        requireRefused(config().put("use_sliding_window", true).put(key, value), named);
    }

    @ParameterizedTest
    @CsvSource({
        "hidden_act, '\"gelu\"', hidden_act",
        "hidden_size, 65, a divisor of 65",
        "hidden_size, '\"64\"', hidden_size",
        "num_hidden_layers, 4, model.layers.3.input_layernorm.weight",
        "num_hidden_layers, 0, layers",
        "num_key_value_heads, 3, heads",
        "intermediate_size, 95, gate_proj",
        "vocab_size, 287, embed_tokens",
        "rms_norm_eps, 0, normEps",
    })
    void aConfigurationThatContradictsTheWeightsIsOneHelpfulLine(String key, String json, String named) throws IOException {
        ObjectNode config = config();
        config.set(key, new ObjectMapper().readTree(json));
        requireRefused(config, named);
    }

    @Test
    void aModelOfAnotherFamilyIsRefused() throws IOException {
        ObjectNode config = config().put("model_type", "llama");
        config.remove("architectures");
        requireRefused(config, "llama");
    }

    @Test
    void aFolderWithoutConfigIsNoModel() {
        EngineException e = assertThrows(EngineException.class, () -> ModelLoader.load(temp));
        assertTrue(e.getMessage().contains("config.json"), e.getMessage());
    }

    @Test
    void anUnknownArchitectureIsNamed() {
        Path file = temp.resolve("llama.gguf");
        new GgufWriter().put("general.architecture", "llama")
                .tensor("token_embd.weight", TensorType.F32, new long[] {4, 4}, (row, target) -> { }).write(file);
        EngineException e = assertThrows(EngineException.class, () -> ModelLoader.load(file));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("llama") && e.getMessage().contains("qwen2"), e.getMessage());
    }

    private static ObjectNode config() throws IOException {
        return (ObjectNode) new ObjectMapper().readTree(Golden.folder("qwen2-gqa").resolve("config.json").toFile());
    }

    private Path folder(ObjectNode config) throws IOException {
        Files.copy(Golden.folder("qwen2-gqa").resolve("model.safetensors"), temp.resolve("model.safetensors"));
        Files.writeString(temp.resolve("config.json"), config.toString());
        return temp;
    }

    private void requireRefused(ObjectNode config, String named) throws IOException {
        Path folder = folder(config);
        EngineException e = assertThrows(EngineException.class, () -> ModelLoader.load(folder));
        assertTrue(e.getMessage().contains(named), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }
}
