package dev.qyclone.engine;

import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Writes a small qwen2 model (2 layers, 4 query and 2 key heads, 288 tokens, untied) with random weights: dim 64 and
 * ffnDim 96, or dim 256 and ffnDim 512 for the types with 256 elements per block. The weights are the same on every run
 * and, but for rounding, for all types of the same sizes. The first 256 tokens are the bytes; 256 to 258 are
 * {@code <|endoftext|>, <|im_start|>, <|im_end|>}.
 */
public final class TinyModel {
    public static final int LAYERS = 2;
    public static final int HEADS = 4;
    public static final int KV_HEADS = 2;
    public static final int VOCAB = 288;
    public static final int CONTEXT = 256;

    private static final long SEED = 42;

    private TinyModel() {
    }

    /** Writes {@code tiny-<type>.gguf}; norms and biases are F32. */
    public static Path write(Path folder, TensorType type) {
        int dim = dim(type);
        int ffnDim = ffnDim(type);
        int kvDim = dim / HEADS * KV_HEADS;
        GgufWriter writer = new GgufWriter().put("general.architecture", "qwen2").put("general.name", "tiny " + type)
                .put("qwen2.context_length", CONTEXT).put("qwen2.embedding_length", dim).put("qwen2.block_count", LAYERS)
                .put("qwen2.feed_forward_length", ffnDim).put("qwen2.attention.head_count", HEADS)
                .put("qwen2.attention.head_count_kv", KV_HEADS).put("qwen2.attention.layer_norm_rms_epsilon", 1e-6f)
                .put("qwen2.rope.freq_base", 1e6f);
        declareTokenizer(writer);
        matrix(writer, "token_embd.weight", type, VOCAB, dim);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "blk." + layer + ".";
            vector(writer, block + "attn_norm.weight", dim, 1);
            matrix(writer, block + "attn_q.weight", type, dim, dim);
            vector(writer, block + "attn_q.bias", dim, 0);
            matrix(writer, block + "attn_k.weight", type, kvDim, dim);
            vector(writer, block + "attn_k.bias", kvDim, 0);
            matrix(writer, block + "attn_v.weight", type, kvDim, dim);
            vector(writer, block + "attn_v.bias", kvDim, 0);
            matrix(writer, block + "attn_output.weight", type, dim, dim);
            vector(writer, block + "ffn_norm.weight", dim, 1);
            matrix(writer, block + "ffn_gate.weight", type, ffnDim, dim);
            matrix(writer, block + "ffn_up.weight", type, ffnDim, dim);
            matrix(writer, block + "ffn_down.weight", type, dim, ffnDim);
        }
        vector(writer, "output_norm.weight", dim, 1);
        matrix(writer, "output.weight", type, VOCAB, dim);
        Path path = folder.resolve("tiny-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
        writer.write(path);
        return path;
    }

    public static int dim(TensorType type) {
        return type.blockSize() == 256 ? 256 : 64;
    }

    public static int ffnDim(TensorType type) {
        return type.blockSize() == 256 ? 512 : 96;
    }

    private static void matrix(GgufWriter writer, String name, TensorType type, int rows, int cols) {
        gaussian(writer, name, type, new long[] {rows, cols}, 0, 1 / Math.sqrt(cols));
    }

    private static void vector(GgufWriter writer, String name, int size, double mean) {
        gaussian(writer, name, TensorType.F32, new long[] {size}, mean, 0.1);
    }

    private static void gaussian(GgufWriter writer, String name, TensorType type, long[] shape, double mean, double deviation) {
        writer.tensor(name, type, shape, (row, target) -> {
            Random random = new Random(SEED ^ name.hashCode() * 1_000_003L + row);
            for (int i = 0; i < target.length; i++) {
                target[i] = (float) (mean + deviation * random.nextGaussian());
            }
        });
    }

    private static void declareTokenizer(GgufWriter writer) {
        List<String> tokens = new ArrayList<>();
        List<String> moved = new ArrayList<>();
        for (int value = 0; value < 256; value++) {
            if (value >= 0x21 && value <= 0x7E || value >= 0xA1 && value <= 0xAC || value >= 0xAE) {
                tokens.add(Character.toString(value));
            } else {
                moved.add(Character.toString(0x100 + moved.size()));
            }
        }
        tokens.addAll(moved);
        int[] types = new int[VOCAB];
        Arrays.fill(types, 0, 256, 1);
        Arrays.fill(types, 256, 259, 3);
        Arrays.fill(types, 259, VOCAB, 5);
        Collections.addAll(tokens, "<|endoftext|>", "<|im_start|>", "<|im_end|>");
        while (tokens.size() < VOCAB) {
            tokens.add("[PAD" + tokens.size() + "]");
        }
        writer.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", "qwen2").put("tokenizer.ggml.tokens", tokens)
                .put("tokenizer.ggml.token_type", types).put("tokenizer.ggml.merges", List.of())
                .put("tokenizer.ggml.eos_token_id", 258).put("tokenizer.ggml.bos_token_id", 256);
    }
}
