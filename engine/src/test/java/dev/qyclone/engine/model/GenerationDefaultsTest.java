package dev.qyclone.engine.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GenerationDefaultsTest {
    @TempDir
    Path folder;

    @Test
    void readsWhatIsSaid() throws IOException {
        GenerationDefaults defaults = file("""
                {"bos_token_id": 151643, "do_sample": true, "eos_token_id": [151645, 151643], "repetition_penalty": 1.05,
                 "temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0.05, "max_new_tokens": 512}""");
        assertEquals(new GenerationDefaults(0.7, 20, 0.8, 0.05, 1.05, 512, "generation_config.json"), defaults);
    }

    @Test
    void absentKeysAreHuggingFacesDefaults() throws IOException {
        assertEquals(new GenerationDefaults(1, 50, 1, 0, 1, 0, "generation_config.json"), file("{\"do_sample\": true}"));
        assertEquals(new GenerationDefaults(1, 50, 0.8, 0, 1.1, 0, "generation_config.json"),
                file("{\"do_sample\": true, \"top_p\": 0.8, \"repetition_penalty\": 1.1, \"top_k\": null, \"eos_token_id\": 7}"));
    }

    @Test
    void withoutDoSampleItIsGreedy() throws IOException {
        GenerationDefaults defaults = file("{\"max_new_tokens\": 2048, \"temperature\": 0.7}");
        assertEquals(0, defaults.temperature());
        assertEquals(2048, defaults.maxTokens());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"temperature\": -1}|key temperature is out of range: expected a number from 0 on, got -1.0",
        "{\"top_p\": 1.2}|key top_p is out of range: expected a number from 0 to 1, got 1.2",
        "{\"top_k\": -3}|key top_k is out of range: expected a number from 0 on, got -3.0",
        "{\"top_k\": 1.5}|key top_k has the wrong type",
        "{\"do_sample\": \"yes\"}|key do_sample has the wrong type",
        "{\"repetition_penalty\": 0}|key repetition_penalty is out of range: expected a number from 0.01 to 100, got 0.0",
        "{\"temperature\": |is not valid JSON"})
    void errorsNameFileAndKey(String json, String message) {
        EngineException thrown = assertThrows(EngineException.class, () -> file(json));
        assertEquals(ErrorCode.BAD_FILE, thrown.code());
        assertTrue(thrown.getMessage().contains("generation_config.json"), thrown.getMessage());
        assertTrue(thrown.getMessage().contains(message), thrown.getMessage());
    }

    private GenerationDefaults file(String json) throws IOException {
        Path file = folder.resolve("generation_config.json");
        Files.writeString(file, json);
        return GenerationDefaults.ofFile(file);
    }
}
