package dev.qyclone.engine.model;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.JsonFile;
import dev.qyclone.engine.file.Metadata;
import dev.qyclone.engine.file.TensorFile;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * How a model's makers would have it write, where the user says nothing. From the first of these that is there:
 *
 * <ol>
 * <li>a folder's generation_config.json, with Hugging Face's defaults for absent keys (do_sample false, temperature 1,
 *     top_k 50, top_p 1, repetition_penalty 1);
 * <li>the table below, by what the file says of itself; in a GGUF file each key of {@code general.sampling.*} (llama.cpp's
 *     names) overrides it.
 * </ol>
 *
 * <p>The table, from the generation_config.json files that were published with the models:
 *
 * <pre>
 * architecture qwen (Qwen 1; base and chat share it)    temperature 1    top-p 0.8  top-k off
 * chat, below 2 billion parameters                      temperature 0.7  top-p 0.8  top-k 20  repetition penalty 1.1
 * chat, larger                                          temperature 0.7  top-p 0.8  top-k 20  repetition penalty 1.05
 * all others, taken for base models                     greedy, at most 2048 tokens
 * </pre>
 *
 * <p>A chat model is one that has a chat template and ends its text with {@code <|im_end|>}: base models of Qwen2.5 carry a
 * template too, but end with {@code <|endoftext|>}. A file cannot tell Qwen1.5 from Qwen2, so the small Qwen1.5 chat models,
 * published with temperature 1 and top-k 50, get Qwen2's values.
 *
 * @param temperature 0 for greedy
 * @param topK 0 for all tokens
 * @param topP 1 for all tokens
 * @param minP 0 for all tokens
 * @param repetitionPenalty 1 for none
 * @param maxTokens tokens to generate at most, 0 where nothing is said
 * @param origin where the values come from, for people
 */
public record GenerationDefaults(
        double temperature, int topK, double topP, double minP, double repetitionPenalty, int maxTokens, String origin) {
    private static final String FILE = "generation_config.json";
    private static final String SAMPLING = "general.sampling.";
    private static final String TURN_END = "<|im_end|>";
    private static final long SMALL_PARAMETERS = 2_000_000_000L;
    private static final int HF_TOP_K = 50;

    /**
     * What the model at {@code source} was published with.
     *
     * @throws EngineException BAD_FILE, naming file and key, for a value of the wrong type or out of its range
     */
    public static GenerationDefaults of(ModelSource source) {
        return switch (source) {
            case ModelSource.Gguf gguf -> ofMetadata(gguf.path(), gguf.file().metadata(), parameters(gguf.weights()));
            case ModelSource.Folder folder -> ofFolder(folder);
        };
    }

    private static GenerationDefaults ofFolder(ModelSource.Folder folder) {
        Path file = folder.path().resolve(FILE);
        if (Files.exists(file)) {
            return ofFile(file);
        }
        boolean first = Architecture.ofConfig(folder.config().path("model_type").asText()).orElse(null) == Architecture.QWEN;
        return published(first, isChat(folder.path()), parameters(folder.weights()));
    }

    static GenerationDefaults ofFile(Path path) {
        JsonFile file = JsonFile.read(path);
        boolean sample = file.booleanOr("do_sample", false);
        double temperature = inRange(path, "temperature", file.doubleOr("temperature", 1), 0, Float.MAX_VALUE);
        int topK = (int) inRange(path, "top_k", file.intOr("top_k", HF_TOP_K), 0, Integer.MAX_VALUE);
        double topP = inRange(path, "top_p", file.doubleOr("top_p", 1), 0, 1);
        double minP = inRange(path, "min_p", file.doubleOr("min_p", 0), 0, 1);
        double penalty = inRange(path, "repetition_penalty", file.doubleOr("repetition_penalty", 1), 0.01, 100);
        int maxTokens = (int) inRange(path, "max_new_tokens", file.intOr("max_new_tokens", 0), 0, Integer.MAX_VALUE);
        return new GenerationDefaults(sample ? temperature : 0, topK, topP, minP, penalty, maxTokens, FILE);
    }

    static GenerationDefaults ofMetadata(Path path, Metadata metadata, long parameters) {
        boolean first = Architecture.QWEN.ggufName().equals(metadata.stringOr("general.architecture", ""));
        GenerationDefaults table = published(first, isChat(metadata), parameters);
        if (metadata.keys().stream().noneMatch(key -> key.startsWith(SAMPLING))) {
            return table;
        }
        return new GenerationDefaults(
                number(path, metadata, "temp", table.temperature, 0, Float.MAX_VALUE),
                (int) inRange(path, SAMPLING + "top_k", metadata.intOr(SAMPLING + "top_k", table.topK), 0, Integer.MAX_VALUE),
                number(path, metadata, "top_p", table.topP, 0, 1), number(path, metadata, "min_p", table.minP, 0, 1),
                number(path, metadata, "penalty_repeat", table.repetitionPenalty, 0.01, 100), table.maxTokens,
                SAMPLING + "* in the file, else " + table.origin);
    }

    /** The table in the description of this class. */
    static GenerationDefaults published(boolean firstQwen, boolean chat, long parameters) {
        if (firstQwen) {
            return new GenerationDefaults(1, 0, 0.8, 0, 1, 0, "as published for Qwen 1");
        }
        if (!chat) {
            return new GenerationDefaults(0, HF_TOP_K, 1, 0, 1, 2048, "as published for base models: greedy");
        }
        double penalty = parameters < SMALL_PARAMETERS ? 1.1 : 1.05;
        return new GenerationDefaults(0.7, 20, 0.8, 0, penalty, 0, "as published for chat models");
    }

    private static boolean isChat(Metadata metadata) {
        int end = metadata.intOr("tokenizer.ggml.eos_token_id", -1);
        return metadata.has("tokenizer.chat_template")
                && metadata.get("tokenizer.ggml.tokens") instanceof List<?> tokens
                && end >= 0 && end < tokens.size() && TURN_END.equals(tokens.get(end));
    }

    private static boolean isChat(Path folder) {
        Path path = folder.resolve("tokenizer_config.json");
        if (!Files.exists(path)) {
            return false;
        }
        JsonFile file = JsonFile.read(path);
        JsonNode end = file.root().path("eos_token"); // a string, or an object with the string in it
        boolean endsTurns = TURN_END.equals(end.isObject() ? end.path("content").asText() : end.asText());
        return endsTurns && (file.has("chat_template") || Files.exists(folder.resolve("chat_template.jinja")));
    }

    private static double number(Path path, Metadata metadata, String name, double otherwise, double least, double most) {
        double value = metadata.doubleOr(SAMPLING + name, otherwise);
        // Floats in the file mean their short decimals: 0.95, not 0.949999988079071.
        boolean isFloat = (float) value == value;
        return inRange(path, SAMPLING + name, isFloat ? Double.parseDouble(Float.toString((float) value)) : value, least, most);
    }

    private static double inRange(Path path, String key, double value, double least, double most) {
        if (value >= least && value <= most) {
            return value;
        }
        String expected = "a number from " + plain(least) + (most >= Integer.MAX_VALUE ? " on" : " to " + plain(most));
        throw new EngineException(ErrorCode.BAD_FILE, path + ": key " + key + " is out of range").expected(expected).got(value)
                .remedy("correct the file");
    }

    private static String plain(double value) {
        return value == Math.rint(value) ? String.format(Locale.ROOT, "%.0f", value) : Double.toString(value);
    }

    private static long parameters(TensorFile weights) {
        long sum = 0;
        for (Tensor tensor : weights.tensors().values()) {
            sum += tensor.elements();
        }
        return sum;
    }
}
