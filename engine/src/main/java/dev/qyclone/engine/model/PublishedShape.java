package dev.qyclone.engine.model;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The sizes of the published models (config.json of each on huggingface.co/Qwen, instruct variants where there are), and tiny
 * shapes of our own.
 */
public enum PublishedShape {
    /** Two layers, for trying things out; every row is a whole number of blocks of every type. */
    TINY(2, 256, 4, 2, 512, 512, 512, 1e6, true, "tiny"),
    /** The same as a mixture of experts. */
    TINY_MOE(2, 256, 4, 2, 512, new MixtureConfig(8, 2, 256, 512, false), 512, 512, 1e6, "tiny-moe"),
    /** Four layers, half as wide as Qwen1.5-MoE-A2.7B and with half its experts: for measuring mixtures on a small machine. */
    SMALL_MOE(4, 1024, 16, 4, 2816, new MixtureConfig(32, 4, 704, 2816, false), 4096, 4096, 1e6, "small-moe"),
    /** The same as {@link #TINY} as a first Qwen, with dynamic NTK and LogN. */
    TINY_QWEN1(2, 256, 4, 512, 512, 512, 1e4, "tiny-qwen1"),
    QWEN_1_8B(24, 2048, 16, 5504, 151_936, 8192, 1e4, "qwen-1.8b"),
    QWEN_7B(32, 4096, 32, 11_008, 151_936, 8192, 1e4, "qwen-7b"),
    /** Made at 2048 positions, but its files' context_length is 8192. */
    QWEN_14B(40, 5120, 40, 13_696, 152_064, 8192, 1e4, "qwen-14b"),
    /** Without dynamic NTK and LogN. */
    QWEN_72B(80, 8192, 64, 24_576, 152_064, 32_768, 1e6, "qwen-72b"),
    QWEN1_5_0_5B(24, 1024, 16, 16, 2816, 151_936, 32_768, 1e6, true, "qwen1.5-0.5b"),
    QWEN1_5_1_8B(24, 2048, 16, 16, 5504, 151_936, 32_768, 1e6, false, "qwen1.5-1.8b"),
    QWEN1_5_4B(40, 2560, 20, 20, 6912, 151_936, 32_768, 5e6, false, "qwen1.5-4b"),
    QWEN1_5_7B(32, 4096, 32, 32, 11_008, 151_936, 32_768, 1e6, false, "qwen1.5-7b"),
    QWEN1_5_14B(40, 5120, 40, 40, 13_696, 152_064, 32_768, 1e6, false, "qwen1.5-14b"),
    QWEN1_5_32B(64, 5120, 40, 8, 27_392, 152_064, 32_768, 1e6, false, "qwen1.5-32b"),
    QWEN1_5_72B(80, 8192, 64, 64, 24_576, 152_064, 32_768, 1e6, false, "qwen1.5-72b"),
    QWEN1_5_110B(80, 8192, 64, 8, 49_152, 152_064, 32_768, 1e6, false, "qwen1.5-110b"),
    QWEN1_5_MOE_A2_7B(
            24, 2048, 16, 16, 5632, new MixtureConfig(60, 4, 1408, 5632, false), 151_936, 32_768, 1e6, "qwen1.5-moe-a2.7b"),
    QWEN2_0_5B(24, 896, 14, 2, 4864, 151_936, 32_768, 1e6, true, "qwen2-0.5b", "qwen2.5-0.5b"),
    QWEN2_1_5B(28, 1536, 12, 2, 8960, 151_936, 32_768, 1e6, true, "qwen2-1.5b", "qwen2.5-1.5b"),
    QWEN2_5_3B(36, 2048, 16, 2, 11_008, 151_936, 32_768, 1e6, true, "qwen2.5-3b"),
    QWEN2_7B(28, 3584, 28, 4, 18_944, 152_064, 32_768, 1e6, false, "qwen2-7b", "qwen2.5-7b"),
    QWEN2_5_14B(48, 5120, 40, 8, 13_824, 152_064, 32_768, 1e6, false, "qwen2.5-14b"),
    QWEN2_5_32B(64, 5120, 40, 8, 27_648, 152_064, 32_768, 1e6, false, "qwen2.5-32b"),
    QWEN2_72B(80, 8192, 64, 8, 29_568, 152_064, 32_768, 1e6, false, "qwen2-72b", "qwen2.5-72b"),
    QWEN2_57B_A14B(
            28, 3584, 28, 4, 18_944, new MixtureConfig(64, 8, 2560, 20_480, false), 151_936, 32_768, 1e6, "qwen2-57b-a14b");

    private static final float NORM_EPS = 1e-6f;

    private final ModelConfig config;
    private final int contextLength;
    private final boolean tied;
    private final List<String> names;

    PublishedShape(ModelConfig config, int contextLength, boolean tied, List<String> names) {
        this.config = config;
        this.contextLength = contextLength;
        this.tied = tied;
        this.names = names;
    }

    /** Dense, from Qwen1.5 on. */
    PublishedShape(int layers, int dim, int heads, int kvHeads, int ffnDim, int vocab, int context, double ropeBase, boolean tied,
            String... names) {
        this(new ModelConfig(
                Architecture.QWEN2, dim, layers, heads, kvHeads, dim / heads, ffnDim, vocab, context, NORM_EPS, ropeBase,
                AttentionConfig.PLAIN, MixtureConfig.NONE), context, tied, List.of(names));
    }

    /** A mixture of experts; its width {@code ffnDim} is in the files and in no weight. */
    PublishedShape(int layers, int dim, int heads, int kvHeads, int ffnDim, MixtureConfig mixture, int vocab, int context,
            double ropeBase, String name) {
        this(new ModelConfig(
                Architecture.QWEN2MOE, dim, layers, heads, kvHeads, dim / heads, ffnDim, vocab, context, NORM_EPS, ropeBase,
                AttentionConfig.PLAIN, mixture), context, false, List.of(name));
    }

    /** A first Qwen, with the attention that is assumed of a GGUF file with this length and base. */
    PublishedShape(int layers, int dim, int heads, int ffnDim, int vocab, int contextLength, double ropeBase, String name) {
        this(new ModelConfig(
                Architecture.QWEN, dim, layers, heads, heads, dim / heads, ffnDim, vocab, GgufConfig.firstQwenContext(contextLength),
                NORM_EPS, ropeBase, GgufConfig.firstQwenAttention(contextLength, ropeBase), MixtureConfig.NONE),
                contextLength, false, List.of(name));
    }

    public ModelConfig config() {
        return config;
    }

    /** What the files of such a model give as its length; {@link ModelConfig#context} may be more. */
    public int contextLength() {
        return contextLength;
    }

    /** True where the embedding serves as output matrix too. */
    public boolean tied() {
        return tied;
    }

    /** What the model is called, such as {@code qwen2-7b}; several where models share a shape. */
    public List<String> names() {
        return names;
    }

    /** How many numbers a model of this shape has. */
    public long parameters() {
        long dim = config.dim();
        long attention = dim * config.qDim() * 2 + dim * config.kvDim() * 2 + config.qDim() + 2L * config.kvDim();
        long layer = attention + feedForward() + 2 * dim;
        return (tied ? 1 : 2) * dim * config.vocab() + config.layers() * layer + dim;
    }

    private long feedForward() {
        long dim = config.dim();
        MixtureConfig mixture = config.mixture();
        if (mixture.experts() == 0) {
            return 3 * dim * config.ffnDim();
        }
        long routers = dim * mixture.experts() + dim;
        return routers + 3 * dim * mixture.experts() * mixture.expertDim() + 3 * dim * mixture.sharedDim();
    }

    /** By one of its names, in any case. */
    public static Optional<PublishedShape> ofName(String name) {
        return Arrays.stream(values()).filter(shape -> shape.names.contains(name.toLowerCase(Locale.ROOT))).findFirst();
    }

    /** All names, small models first within a generation. */
    public static List<String> allNames() {
        return Arrays.stream(values()).flatMap(shape -> shape.names.stream()).toList();
    }
}
