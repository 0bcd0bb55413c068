package dev.qyclone.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.SharedData;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.file.Metadata;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a model gets whose files carry no generation_config.json. */
class PublishedDefaultsTest {
    private static final long SMALL = 500_000_000L;
    private static final long LARGE = 7_000_000_000L;

    @Test
    void theTableGoesByWhatTheFileSays() {
        assertEquals(0, metadata(LARGE, Map.of()).temperature());
        assertEquals(2048, metadata(LARGE, Map.of("tokenizer.chat_template", "…")).maxTokens(), "a template alone is no chat model");
        GenerationDefaults base = metadata(LARGE, vocabulary(0));
        assertEquals(0, base.temperature(), "a base model ends with <|endoftext|>");
        GenerationDefaults chat = metadata(LARGE, vocabulary(1));
        assertEquals(List.of(0.7, 0.8, 1.05), List.of(chat.temperature(), chat.topP(), chat.repetitionPenalty()));
        assertEquals(20, chat.topK());
        assertEquals(1.1, metadata(SMALL, vocabulary(1)).repetitionPenalty());
        GenerationDefaults first = metadata(LARGE, Map.of("general.architecture", "qwen"));
        assertEquals(List.of(1.0, 0.8, 1.0), List.of(first.temperature(), first.topP(), first.repetitionPenalty()));
        assertEquals(0, first.topK());
    }

    @Test
    void samplingKeysOfTheFileComeFirst() {
        Map<String, Object> keys = new HashMap<>(vocabulary(1));
        keys.put("general.sampling.temp", (double) 0.95f);
        keys.put("general.sampling.top_k", 40L);
        GenerationDefaults defaults = metadata(LARGE, keys);
        assertEquals(0.95, defaults.temperature());
        assertEquals(40, defaults.topK());
        assertEquals(0.8, defaults.topP());
        keys.put("general.sampling.min_p", 2.0);
        EngineException thrown = assertThrows(EngineException.class, () -> metadata(LARGE, keys));
        assertTrue(thrown.getMessage().contains("model.gguf: key general.sampling.min_p is out of range"), thrown.getMessage());
    }

    @Test
    void openedModelsHaveThem() {
        try (ModelSource demo = ModelSource.open(SharedData.require("demo/fairytale-q8_0.gguf"))) {
            assertEquals(new GenerationDefaults(0.7, 20, 0.8, 0, 1.1, 0, "as published for chat models"),
                    GenerationDefaults.of(demo));
        }
        try (ModelSource golden = ModelSource.open(SharedData.require("data/goldens/qwen2-gqa"))) {
            assertEquals(new GenerationDefaults(0, 50, 1, 0, 1, 0, "generation_config.json"), GenerationDefaults.of(golden));
        }
    }

    private static GenerationDefaults metadata(long parameters, Map<String, Object> keys) {
        Path path = Path.of("model.gguf");
        return GenerationDefaults.ofMetadata(path, new Metadata(path, keys), parameters);
    }

    private static Map<String, Object> vocabulary(long end) {
        return Map.of("general.architecture", "qwen2", "tokenizer.chat_template", "…",
                "tokenizer.ggml.tokens", List.of("<|endoftext|>", "<|im_end|>"), "tokenizer.ggml.eos_token_id", end);
    }
}
