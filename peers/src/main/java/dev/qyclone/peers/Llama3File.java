package dev.qyclone.peers;

import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * The tensors of a dense Qwen2 model under llama's keys, for an engine that knows llama only. It computes the same products; biases are
 * not added and the angles turn other pairs, so what it writes means nothing. The vocabulary has the right size and no words.
 */
final class Llama3File {
    /** Where llama3.java expects the first special token, and which one it asks for. */
    private static final int FIRST_SPECIAL = 128_000;
    private static final String BEGIN = "<|begin_of_text|>";

    private Llama3File() {
    }

    /** @throws IllegalArgumentException if the model has a shape that llama has not */
    static void write(Path from, Path to) {
        try (Model model = ModelLoader.load(from); GgufFile file = GgufFile.open(from)) {
            ModelConfig config = model.config();
            if (config.heads() * config.headDim() != config.dim() || config.mixture().experts() > 0 || config.vocab() <= FIRST_SPECIAL) {
                throw new IllegalArgumentException(from + ": llama3.java runs dense models only, with heads as wide as the model and more"
                        + " than " + FIRST_SPECIAL + " tokens");
            }
            GgufWriter writer = new GgufWriter().put("general.architecture", "llama")
                    .put("llama.embedding_length", config.dim()).put("llama.feed_forward_length", config.ffnDim())
                    .put("llama.block_count", config.layers()).put("llama.attention.head_count", config.heads())
                    .put("llama.attention.head_count_kv", config.kvHeads()).put("llama.context_length", config.context())
                    .put("llama.attention.layer_norm_rms_epsilon", config.normEps()).put("llama.rope.freq_base", (float) config.ropeBase())
                    .put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.tokens", tokens(config.vocab()))
                    .put("tokenizer.ggml.merges", List.of("a b"));
            file.tensors().values().stream().filter(tensor -> !tensor.name().endsWith(".bias")).forEach(tensor -> copy(tensor, writer));
            writer.write(to);
        }
    }

    private static List<String> tokens(int count) {
        String[] tokens = new String[count];
        Arrays.setAll(tokens, i -> "word" + i);
        // What its one merge joins.
        tokens[0] = "a";
        tokens[1] = "b";
        tokens[2] = "ab";
        tokens[FIRST_SPECIAL] = BEGIN;
        return List.of(tokens);
    }

    private static void copy(Tensor tensor, GgufWriter writer) {
        long[] shape = tensor.shape().stream().mapToLong(Long::longValue).toArray();
        writer.tensorOfBlocks(tensor.name(), tensor.type(), shape, (row, target) ->
                MemorySegment.copy(tensor.data(), row * tensor.rowBytes(), target, 0, tensor.rowBytes()));
    }
}
