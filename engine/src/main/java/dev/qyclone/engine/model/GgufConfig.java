package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.GgufFile;
import dev.qyclone.engine.file.Metadata;
import dev.qyclone.engine.tensor.Tensor;
import java.util.Arrays;
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
    private static final String ROPE_DIM = ".rope.dimension_count";
    private static final String ROPE_SCALING = ".rope.scaling.type";
    private static final String WINDOW = ".attention.sliding_window";

    private GgufConfig() {
    }

    static ModelConfig read(GgufFile file) {
        Metadata metadata = file.metadata();
        String name = metadata.requireString(ARCHITECTURE);
        Architecture architecture = Architecture.ofGguf(name).orElseThrow(() -> unknownArchitecture(file, name));
        String a = architecture.ggufName();
        int dim = metadata.requireInt(a + DIM);
        int heads = metadata.requireInt(a + HEADS);
        if (heads <= 0 || dim % heads != 0) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + ": " + a + HEADS + " does not fit the embedding length")
                    .expected("a divisor of " + dim).got(heads);
        }
        int headDim = metadata.intOr(a + HEAD_DIM, dim / heads);
        requireSupported(file, metadata, a, architecture, headDim);
        Tensor embedding = file.tensors().get("token_embd.weight");
        if (embedding == null) {
            throw new EngineException(ErrorCode.BAD_MODEL, file.path() + " lacks the tensor token_embd.weight");
        }
        return new ModelConfig(
                architecture, dim, metadata.requireInt(a + LAYERS), heads, metadata.intOr(a + KV_HEADS, heads), headDim,
                metadata.requireInt(a + FFN_DIM), ModelLoader.sizeAsInt(embedding, embedding.rows()), metadata.requireInt(a + CONTEXT),
                (float) metadata.requireDouble(a + NORM_EPS), metadata.doubleOr(a + ROPE_BASE, 10_000));
    }

    private static void requireSupported(GgufFile file, Metadata metadata, String a, Architecture architecture, int headDim) {
        if (architecture != Architecture.QWEN2) {
            throw ModelLoader.notYet(file.path() + ": architecture " + a);
        }
        String scaling = metadata.stringOr(a + ROPE_SCALING, "none");
        if (!scaling.equals("none")) {
            throw ModelLoader.notYet(file.path() + ": " + a + ROPE_SCALING + " = " + scaling);
        }
        if (metadata.intOr(a + WINDOW, 0) != 0) {
            throw ModelLoader.notYet(file.path() + ": " + a + WINDOW);
        }
        int ropeDim = metadata.intOr(a + ROPE_DIM, headDim);
        if (ropeDim != headDim) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + a + ROPE_DIM + " covers part of a head only")
                    .expected(headDim).got(ropeDim);
        }
    }

    private static EngineException unknownArchitecture(GgufFile file, String name) {
        return new EngineException(ErrorCode.UNSUPPORTED, file.path() + ": " + ARCHITECTURE + " is not of the Qwen line")
                .expected(Arrays.stream(Architecture.values()).map(Architecture::ggufName).collect(Collectors.joining(", "))).got(name);
    }
}
