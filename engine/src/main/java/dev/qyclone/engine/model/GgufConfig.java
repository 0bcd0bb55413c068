package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.Metadata;
import dev.qyclone.engine.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.Collectors;

/** GGUF metadata to {@link ModelConfig}; the one table of metadata keys. */
final class GgufConfig {
    static final String ARCHITECTURE = "general.architecture";
    static final String CONTEXT = ".context_length";
    static final String DIM = ".embedding_length";
    static final String LAYERS = ".block_count";
    static final String FFN_DIM = ".feed_forward_length";
    static final String HEADS = ".attention.head_count";
    static final String KV_HEADS = ".attention.head_count_kv";
    private static final String HEAD_DIM = ".attention.key_length";
    static final String NORM_EPS = ".attention.layer_norm_rms_epsilon";
    static final String ROPE_BASE = ".rope.freq_base";
    static final String ROPE_DIM = ".rope.dimension_count";
    private static final String ROPE_SCALING = ".rope.scaling.type";
    private static final String ROPE_FACTOR = ".rope.scaling.factor";
    private static final String ROPE_ORIGINAL = ".rope.scaling.original_context_length";
    private static final String ROPE_ATTENTION_FACTOR = ".rope.scaling.attn_factor";
    private static final String ROPE_BETA_FAST = ".rope.scaling.yarn_beta_fast";
    private static final String ROPE_BETA_SLOW = ".rope.scaling.yarn_beta_slow";
    private static final String WINDOW = ".attention.sliding_window";
    static final String EXPERTS = ".expert_count";
    static final String EXPERTS_USED = ".expert_used_count";
    static final String EXPERT_DIM = ".expert_feed_forward_length";
    static final String SHARED_DIM = ".expert_shared_feed_forward_length";
    private static final String EXPERT_NORM = ".expert_weights_norm";

    /** The first Qwen's LogN table ends here; its authors say no more of longer texts. */
    private static final int FIRST_QWEN_CONTEXT = 32_767;

    private final GgufFile file;
    private final Metadata metadata;
    private final Architecture architecture;

    private GgufConfig(GgufFile file, Architecture architecture) {
        this.file = file;
        this.metadata = file.metadata();
        this.architecture = architecture;
    }

    static ModelConfig read(GgufFile file) {
        String name = file.metadata().requireString(ARCHITECTURE);
        Architecture architecture = Architecture.ofGguf(name).orElseThrow(() -> unknownArchitecture(file, name));
        return new GgufConfig(file, architecture).read();
    }

    /** What dynamic NTK and LogN take for S: these files say no more than one length. */
    static int trainedLength(GgufFile file) {
        return file.metadata().requireInt(Architecture.QWEN.ggufName() + CONTEXT);
    }

    private ModelConfig read() {
        int dim = requireInt(DIM);
        int heads = requireInt(HEADS);
        if (heads <= 0 || dim % heads != 0) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": " + key(HEADS) + " does not fit the embedding length")
                    .expected("a divisor of " + dim).got(heads);
        }
        int headDim = metadata.intOr(key(HEAD_DIM), dim / heads);
        int ropeDim = metadata.intOr(key(ROPE_DIM), headDim);
        if (ropeDim != headDim) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + key(ROPE_DIM) + " covers part of a head only")
                    .expected(headDim).got(ropeDim);
        }
        boolean first = architecture == Architecture.QWEN;
        int layers = requireInt(LAYERS);
        int length = requireInt(CONTEXT);
        return new ModelConfig(
                architecture, dim, layers, heads, metadata.intOr(key(KV_HEADS), heads), headDim, ffnDim(), vocab(),
                first ? firstQwenContext(length) : length, (float) metadata.requireDouble(key(NORM_EPS)),
                metadata.doubleOr(key(ROPE_BASE), 10_000), attention(layers, length), mixture());
    }

    /** Positions that a first Qwen of this {@code context_length} may have. */
    static int firstQwenContext(int length) {
        return Math.max(length, FIRST_QWEN_CONTEXT);
    }

    /** The first Qwen's files say nothing of dynamic NTK and LogN; all its models but the 72B, of base 1e6, were made with them. */
    static AttentionConfig firstQwenAttention(int length, double ropeBase) {
        return ropeBase < 1e6
                ? new AttentionConfig(new RopeScaling.DynamicNtk(length), length, DualChunk.NONE, List.of())
                : AttentionConfig.PLAIN;
    }

    private AttentionConfig attention(int layers, int length) {
        if (architecture == Architecture.QWEN) {
            return firstQwenAttention(length, metadata.doubleOr(key(ROPE_BASE), 10_000));
        }
        int window = metadata.intOr(key(WINDOW), 0);
        return new AttentionConfig(scaling(length), 0, DualChunk.NONE, window == 0 ? List.of() : Collections.nCopies(layers, window));
    }

    private RopeScaling scaling(int length) {
        String type = metadata.stringOr(key(ROPE_SCALING), "none");
        return switch (type) {
            case "none" -> new RopeScaling.None();
            case "yarn" -> new RopeScaling.Yarn(
                    metadata.requireDouble(key(ROPE_FACTOR)), metadata.intOr(key(ROPE_ORIGINAL), length), attentionFactor(),
                    metadata.doubleOr(key(ROPE_BETA_FAST), RopeScaling.Yarn.BETA_FAST),
                    metadata.doubleOr(key(ROPE_BETA_SLOW), RopeScaling.Yarn.BETA_SLOW));
            default -> throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + key(ROPE_SCALING))
                    .expected("none or yarn").got(type);
        };
    }

    /** llama.cpp multiplies its factor with 0.1 ln s + 1; here the product is kept. */
    private double attentionFactor() {
        double factor = metadata.doubleOr(key(ROPE_ATTENTION_FACTOR), 1);
        return factor == 1 ? 0 : factor * (0.1 * Math.log(metadata.requireDouble(key(ROPE_FACTOR))) + 1);
    }

    private MixtureConfig mixture() {
        if (architecture != Architecture.QWEN2MOE) {
            return MixtureConfig.NONE;
        }
        int used = requireInt(EXPERTS_USED);
        int length = requireInt(FFN_DIM);
        return new MixtureConfig(
                requireInt(EXPERTS), used, metadata.intOr(key(EXPERT_DIM), used > 0 ? length / used : 0),
                metadata.intOr(key(SHARED_DIM), length), metadata.booleanOr(key(EXPERT_NORM), false));
    }

    /** The first Qwen's files give twice the width that the weights have: the shape decides. */
    private int ffnDim() {
        int given = requireInt(FFN_DIM);
        Tensor gate = file.tensors().get(TensorName.GATE.gguf(0));
        return architecture == Architecture.QWEN && gate != null ? ModelLoader.sizeAsInt(gate, gate.rows()) : given;
    }

    private int vocab() {
        Tensor embedding = file.require(TensorName.TOKEN_EMBEDDING.gguf());
        return ModelLoader.sizeAsInt(embedding, embedding.rows());
    }

    private int requireInt(String key) {
        return metadata.requireInt(key(key));
    }

    private String key(String suffix) {
        return architecture.ggufName() + suffix;
    }

    private static EngineException unknownArchitecture(GgufFile file, String name) {
        return new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + ARCHITECTURE + " is not of the Qwen line")
                .expected(Arrays.stream(Architecture.values()).map(Architecture::ggufName).collect(Collectors.joining(", "))).got(name);
    }
}
