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
import java.util.function.Function;

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
        Path path = folder.resolve("tiny-" + type.name().toLowerCase(Locale.ROOT) + ".gguf");
        write(path, LAYERS, dim(type), ffnDim(type), name -> type);
        return path;
    }

    /**
     * Writes a model like published ones of mostly Q4_K, whose layers are of two kinds in turn: even ones are Q4_K; odd ones have values
     * and downs in Q6_K, and ups in Q5_K, which published ones do not.
     */
    public static Path writeMixed(Path folder, int layers) {
        Path path = folder.resolve("tiny-mixed.gguf");
        write(path, layers, dim(TensorType.Q4_K), ffnDim(TensorType.Q4_K), TinyModel::mixedType);
        return path;
    }

    /** Writes a model in whose layers no two matrices that are multiplied together have one type: in blocks and not, each order of bits. */
    public static Path writeMotley(Path folder, int layers) {
        Path path = folder.resolve("tiny-motley.gguf");
        write(path, layers, dim(TensorType.Q4_K), ffnDim(TensorType.Q4_K), TinyModel::motleyType);
        return path;
    }

    private static TensorType motleyType(String name) {
        return switch (name.substring(name.lastIndexOf('.', name.length() - ".weight".length() - 1) + 1)) {
            case "attn_q.weight" -> TensorType.Q8_0;
            case "attn_k.weight" -> TensorType.Q4_K;
            case "attn_v.weight" -> TensorType.BF16;
            case "ffn_gate.weight" -> TensorType.Q6_K;
            case "ffn_up.weight" -> TensorType.F32;
            case "ffn_down.weight" -> TensorType.Q5_K;
            default -> TensorType.F16;
        };
    }

    private static TensorType mixedType(String name) {
        boolean odd = name.startsWith("blk.") && Integer.parseInt(name.split("\\.")[1]) % 2 == 1;
        if (name.equals("output.weight") || odd && (name.endsWith("attn_v.weight") || name.endsWith("ffn_down.weight"))) {
            return TensorType.Q6_K;
        }
        return odd && name.endsWith("ffn_up.weight") ? TensorType.Q5_K : TensorType.Q4_K;
    }

    private static void write(Path path, int layers, int dim, int ffnDim, Function<String, TensorType> types) {
        int kvDim = dim / HEADS * KV_HEADS;
        GgufWriter writer = new GgufWriter().put("general.architecture", "qwen2").put("general.name", "tiny " + types.apply("blk.0"))
                .put("qwen2.context_length", CONTEXT).put("qwen2.embedding_length", dim).put("qwen2.block_count", layers)
                .put("qwen2.feed_forward_length", ffnDim).put("qwen2.attention.head_count", HEADS)
                .put("qwen2.attention.head_count_kv", KV_HEADS).put("qwen2.attention.layer_norm_rms_epsilon", 1e-6f)
                .put("qwen2.rope.freq_base", 1e6f);
        declareTokenizer(writer);
        matrix(writer, "token_embd.weight", types, VOCAB, dim);
        for (int layer = 0; layer < layers; layer++) {
            String block = "blk." + layer + ".";
            vector(writer, block + "attn_norm.weight", dim, 1);
            matrix(writer, block + "attn_q.weight", types, dim, dim);
            vector(writer, block + "attn_q.bias", dim, 0);
            matrix(writer, block + "attn_k.weight", types, kvDim, dim);
            vector(writer, block + "attn_k.bias", kvDim, 0);
            matrix(writer, block + "attn_v.weight", types, kvDim, dim);
            vector(writer, block + "attn_v.bias", kvDim, 0);
            matrix(writer, block + "attn_output.weight", types, dim, dim);
            vector(writer, block + "ffn_norm.weight", dim, 1);
            matrix(writer, block + "ffn_gate.weight", types, ffnDim, dim);
            matrix(writer, block + "ffn_up.weight", types, ffnDim, dim);
            matrix(writer, block + "ffn_down.weight", types, dim, ffnDim);
        }
        vector(writer, "output_norm.weight", dim, 1);
        matrix(writer, "output.weight", types, VOCAB, dim);
        writer.write(path);
    }

    public static int dim(TensorType type) {
        return type.blockSize() == 256 ? 256 : 64;
    }

    public static int ffnDim(TensorType type) {
        return type.blockSize() == 256 ? 512 : 96;
    }

    private static void matrix(GgufWriter writer, String name, Function<String, TensorType> types, int rows, int cols) {
        gaussian(writer, name, types.apply(name), new long[] {rows, cols}, 0, 1 / Math.sqrt(cols));
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
