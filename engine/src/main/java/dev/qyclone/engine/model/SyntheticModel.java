package dev.qyclone.engine.model;

import dev.qyclone.engine.file.GgufWriter;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;

/**
 * Writes a GGUF file of a published shape with random weights, so that speed and memory can be measured without a
 * download. The same shape, type and seed give the same bytes. What it says is noise, but its activations are of normal
 * size in every layer and its logits differ.
 */
public final class SyntheticModel {
    /** Hears how far the writing is. */
    @FunctionalInterface
    public interface Progress {
        /** Called now and then, and at the end with {@code written == total}; both are bytes of weights. */
        void wrote(long written, long total);
    }

    private static final int PROGRESS_STEPS = 200;
    private static final double BIAS_DEVIATION = 0.1;

    private final PublishedShape shape;
    private final ModelConfig config;
    private final TensorType wanted;
    private final Progress progress;
    private final GgufWriter writer = new GgufWriter();
    private long seed;
    private long total;
    private long written;
    private long reported;

    private SyntheticModel(PublishedShape shape, TensorType wanted, long seed, Progress progress) {
        this.shape = shape;
        this.config = shape.config();
        this.wanted = wanted;
        this.seed = seed;
        this.progress = progress;
    }

    /**
     * Writes a file with little memory, whatever its size. Norms, biases and routers are F32.
     *
     * @param type of the matrices; those whose rows are no whole number of blocks take llama.cpp's fallback
     * @throws dev.qyclone.engine.error.EngineException if the disk is too full or writing fails; nothing is left then
     */
    public static void write(PublishedShape shape, TensorType type, long seed, Path path, Progress progress) {
        SyntheticModel model = new SyntheticModel(shape, type, seed, progress);
        model.declareMetadata();
        model.declareTensors();
        model.writer.write(path);
    }

    /** The type that a matrix with rows of {@code cols} takes where {@code wanted} was asked for: llama.cpp's choice (llama-quant). */
    public static TensorType storable(TensorType wanted, long cols) {
        if (cols % wanted.blockSize() == 0) {
            return wanted;
        }
        return switch (wanted) {
            case Q4_K -> storable(TensorType.Q5_0, cols);
            case Q5_K -> storable(TensorType.Q5_1, cols);
            case Q6_K -> storable(TensorType.Q8_0, cols);
            case F32, F16, BF16, Q8_0, Q4_0, Q4_1, Q5_0, Q5_1 -> TensorType.F16;
        };
    }

    private void declareMetadata() {
        String a = config.architecture().ggufName();
        boolean first = config.architecture() == Architecture.QWEN;
        writer.put(GgufConfig.ARCHITECTURE, a)
                .put("general.name", shape.names().getFirst() + " with random weights").put("general.file_type", fileType(wanted))
                .put("general.quantization_version", 2)
                .put(a + GgufConfig.CONTEXT, shape.contextLength()).put(a + GgufConfig.DIM, config.dim())
                // The first Qwen's config.json counts gate and up together, and its converted files do too.
                .put(a + GgufConfig.LAYERS, config.layers()).put(a + GgufConfig.FFN_DIM, first ? 2 * config.ffnDim() : config.ffnDim())
                .put(a + GgufConfig.HEADS, config.heads())
                .put(a + GgufConfig.NORM_EPS, config.normEps()).put(a + GgufConfig.ROPE_BASE, (float) config.ropeBase());
        if (first) {
            writer.put(a + GgufConfig.ROPE_DIM, config.headDim());
        } else {
            writer.put(a + GgufConfig.KV_HEADS, config.kvHeads());
        }
        MixtureConfig mixture = config.mixture();
        if (mixture.experts() > 0) {
            writer.put(a + GgufConfig.EXPERTS, mixture.experts()).put(a + GgufConfig.EXPERTS_USED, mixture.used())
                    .put(a + GgufConfig.EXPERT_DIM, mixture.expertDim()).put(a + GgufConfig.SHARED_DIM, mixture.sharedDim());
        }
        new SyntheticVocabulary(config.vocab()).declare(writer);
    }

    private void declareTensors() {
        int dim = config.dim();
        // Every layer adds two outputs to the hidden state: so it ends with a deviation near 1, whatever the depth.
        double residual = 1 / Math.sqrt(2.0 * config.layers());
        matrix(TensorName.TOKEN_EMBEDDING, 0, config.vocab(), dim, 1);
        for (int layer = 0; layer < config.layers(); layer++) {
            vector(TensorName.ATTN_NORM, layer, dim, 1);
            queriesKeysValues(layer);
            matrix(TensorName.ATTN_OUT, layer, dim, config.qDim(), residual);
            vector(TensorName.FFN_NORM, layer, dim, 1);
            if (config.mixture().experts() > 0) {
                mixture(layer, residual);
            } else {
                matrix(TensorName.GATE, layer, config.ffnDim(), dim, 1);
                matrix(TensorName.UP, layer, config.ffnDim(), dim, 1);
                matrix(TensorName.DOWN, layer, dim, config.ffnDim(), residual);
            }
        }
        vector(TensorName.OUTPUT_NORM, 0, dim, 1);
        if (!shape.tied()) {
            matrix(TensorName.OUTPUT, 0, config.vocab(), dim, 1);
        }
    }

    private void queriesKeysValues(int layer) {
        int dim = config.dim();
        if (config.architecture() == Architecture.QWEN) {
            int rows = config.qDim() + 2 * config.kvDim();
            matrix(TensorName.QKV, layer, rows, dim, 1);
            vector(TensorName.QKV_BIAS, layer, rows, 0);
            return;
        }
        matrix(TensorName.Q, layer, config.qDim(), dim, 1);
        vector(TensorName.Q_BIAS, layer, config.qDim(), 0);
        matrix(TensorName.K, layer, config.kvDim(), dim, 1);
        vector(TensorName.K_BIAS, layer, config.kvDim(), 0);
        matrix(TensorName.V, layer, config.kvDim(), dim, 1);
        vector(TensorName.V_BIAS, layer, config.kvDim(), 0);
    }

    private void mixture(int layer, double residual) {
        int dim = config.dim();
        MixtureConfig sizes = config.mixture();
        weights(TensorName.ROUTER, layer, TensorType.F32, 1, sizes.experts(), dim);
        stack(TensorName.EXPERT_GATE, layer, sizes.expertDim(), dim, 1);
        stack(TensorName.EXPERT_UP, layer, sizes.expertDim(), dim, 1);
        stack(TensorName.EXPERT_DOWN, layer, dim, sizes.expertDim(), residual);
        weights(TensorName.SHARED_ROUTER, layer, TensorType.F32, 1, dim);
        matrix(TensorName.SHARED_GATE, layer, sizes.sharedDim(), dim, 1);
        matrix(TensorName.SHARED_UP, layer, sizes.sharedDim(), dim, 1);
        matrix(TensorName.SHARED_DOWN, layer, dim, sizes.sharedDim(), residual);
    }

    private void matrix(TensorName name, int layer, long rows, long cols, double gain) {
        weights(name, layer, storable(wanted, cols), gain, rows, cols);
    }

    private void stack(TensorName name, int layer, long rows, long cols, double gain) {
        weights(name, layer, storable(wanted, cols), gain, config.mixture().experts(), rows, cols);
    }

    /** @param gain standard deviation of the outputs for inputs of deviation 1 */
    private void weights(TensorName name, int layer, TensorType type, double gain, long... shape) {
        declare(name, layer, type, shape, new SyntheticRows(type, gain / Math.sqrt(shape[shape.length - 1]), seed++));
    }

    private void vector(TensorName name, int layer, int size, double mean) {
        SyntheticRows noise = new SyntheticRows(TensorType.F32, BIAS_DEVIATION, seed++);
        declare(name, layer, TensorType.F32, new long[] {size}, (row, target) -> {
            noise.fill(row, target);
            add(mean, target);
        });
    }

    private static void add(double mean, MemorySegment floats) {
        for (long at = 0; at < floats.byteSize(); at += Float.BYTES) {
            floats.set(SyntheticRows.FLOAT, at, (float) (floats.get(SyntheticRows.FLOAT, at) + mean));
        }
    }

    private void declare(TensorName name, int layer, TensorType type, long[] shape, GgufWriter.BlockSource rows) {
        String gguf = name.gguf(layer);
        total += Tensor.bytesOf(gguf, type, shape);
        writer.tensorOfBlocks(gguf, type, shape, (row, target) -> {
            rows.fill(row, target);
            report(target.byteSize());
        });
    }

    private void report(long bytes) {
        written += bytes;
        if (written == total || written - reported >= total / PROGRESS_STEPS) {
            reported = written;
            progress.wrote(written, total);
        }
    }

    /** llama.cpp's number for a file that is mostly of one type (llama_ftype). */
    private static int fileType(TensorType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q4_0 -> 2;
            case Q4_1 -> 3;
            case Q8_0 -> 7;
            case Q5_0 -> 8;
            case Q5_1 -> 9;
            case Q4_K -> 14;
            case Q5_K -> 16;
            case Q6_K -> 18;
            case BF16 -> 32;
        };
    }
}
