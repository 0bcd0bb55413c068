package dev.qyclone.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.engine.Golden;
import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
            ModelConfig expected = new ModelConfig(Architecture.QWEN2, 64, 3, 4, 2, 16, 96, 288, 512, 1e-6f, 1e6);
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
    @CsvSource({
        "qwen1-plain, architecture qwen", "qwen2-moe, architecture qwen2moe", "qwen2-yarn, yarn", "qwen2-swa-all, use_sliding_window"})
    void whatThisVersionCannotRunIsRefusedByName(String model, String named) {
        Path folder = SharedData.require("data/goldens/" + model);
        EngineException e = assertThrows(EngineException.class, () -> ModelLoader.load(folder));
        assertEquals(ErrorCode.UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("not yet") && e.getMessage().contains(named), e.getMessage());
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

    private void requireRefused(ObjectNode config, String named) throws IOException {
        Files.copy(Golden.folder("qwen2-gqa").resolve("model.safetensors"), temp.resolve("model.safetensors"));
        Files.writeString(temp.resolve("config.json"), config.toString());
        EngineException e = assertThrows(EngineException.class, () -> ModelLoader.load(temp));
        assertTrue(e.getMessage().contains(named), e.getMessage());
        assertFalse(e.getMessage().contains("\n"));
    }
}
