package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;

/** A model of one layer with random weights of one type, to try kernels at a model's shapes without having it. */
final class RandomLayer implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Random random = new Random(9);
    private final ModelConfig config;
    private final TensorType type;
    private final TensorType values;

    /** @param config its layers but the first do not count */
    RandomLayer(ModelConfig config, TensorType type) {
        this(config, type, config.vocab());
    }

    /** @param vocab rows of the output matrix, which is most of a small model's weights: few where it is not used */
    RandomLayer(ModelConfig config, TensorType type, int vocab) {
        this(config, type, type, vocab);
    }

    /** @param values the type of the values' matrix, which published files keep in more bits */
    RandomLayer(ModelConfig config, TensorType type, TensorType values, int vocab) {
        List<Integer> windows = config.attention().windows();
        this.config = new ModelConfig(config.architecture(), config.dim(), 1, config.heads(), config.kvHeads(), config.headDim(),
                config.ffnDim(), vocab, config.context(), config.normEps(), config.ropeBase(),
                config.attention().withWindows(windows.isEmpty() ? windows : windows.subList(0, 1)), config.mixture());
        this.type = type;
        this.values = values;
    }

    /** The type that a matrix gets whose rows are no whole number of the type's blocks. */
    static TensorType storable(TensorType type, int cols) {
        return cols % type.blockSize() == 0 ? type : TensorType.F16;
    }

    /** The model; it has no file and must not be closed, the layer is. */
    Model model() {
        int dim = config.dim();
        LayerWeights layer = new LayerWeights(vector(dim, 1), matrix(config.qDim(), dim), vector(config.qDim(), 0),
                matrix(config.kvDim(), dim), vector(config.kvDim(), 0), matrix(values, config.kvDim(), dim), vector(config.kvDim(), 0),
                matrix(dim, config.qDim()), vector(dim, 1), feedForward());
        Tensor output = matrix(config.vocab(), dim);
        return new Model(null, config, output, List.of(layer), vector(dim, 1), output);
    }

    private FeedForward feedForward() {
        MixtureConfig mixture = config.mixture();
        if (mixture.experts() == 0) {
            return dense(config.ffnDim());
        }
        List<FeedForward.Dense> experts = Stream.generate(() -> dense(mixture.expertDim())).limit(mixture.experts()).toList();
        return new FeedForward.Mixture(floats(mixture.experts(), config.dim()), experts, floats(1, config.dim()),
                dense(mixture.sharedDim()));
    }

    private FeedForward.Dense dense(int width) {
        return new FeedForward.Dense(matrix(width, config.dim()), matrix(width, config.dim()), matrix(config.dim(), width));
    }

    private Tensor matrix(int rows, int cols) {
        return matrix(type, rows, cols);
    }

    private Tensor matrix(TensorType wanted, int rows, int cols) {
        return tensor(storable(wanted, cols), 0, 1 / Math.sqrt(cols), rows, cols);
    }

    private Tensor floats(int rows, int cols) {
        return tensor(TensorType.F32, 0, 1 / Math.sqrt(cols), rows, cols);
    }

    private Tensor vector(int size, double mean) {
        return tensor(TensorType.F32, mean, 0.1, size);
    }

    private Tensor tensor(TensorType stored, double mean, double deviation, long... shape) {
        int cols = Math.toIntExact(shape[shape.length - 1]);
        long rows = shape.length == 1 ? 1 : shape[0];
        long rowBytes = stored.bytes(cols);
        MemorySegment data = arena.allocate(rows * rowBytes, Float.BYTES);
        float[] row = new float[cols];
        for (long r = 0; r < rows; r++) {
            for (int i = 0; i < cols; i++) {
                row[i] = (float) (mean + deviation * random.nextGaussian());
            }
            Blocks.encode(stored, row, 0, data, r * rowBytes, cols);
        }
        return new Tensor("check", stored, shape, data);
    }

    @Override
    public void close() {
        arena.close();
    }
}
