package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Opens a model: reads its configuration, finds every weight, and compares each shape with the configuration. */
public final class ModelLoader {
    private final ModelSource source;
    private final ModelConfig config;

    private ModelLoader(ModelSource source, ModelConfig config) {
        this.source = source;
        this.config = config;
    }

    /**
     * Opens a {@code .gguf} file or a folder. Weights are mapped, not read.
     *
     * @throws EngineException FILE_NOT_FOUND, BAD_FILE, BAD_MODEL or UNSUPPORTED; nothing stays open then
     */
    public static Model load(Path path) {
        ModelSource source = ModelSource.open(path);
        try {
            return new ModelLoader(source, readConfig(source)).load();
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
    }

    /** The configuration alone. */
    public static ModelConfig readConfig(ModelSource source) {
        return switch (source) {
            case ModelSource.Gguf gguf -> GgufConfig.read(gguf.file());
            case ModelSource.Folder folder -> HfConfig.read(folder.path(), folder.config());
        };
    }

    private Model load() {
        long dim = config.dim();
        long vocab = config.vocab();
        Tensor embedding = require(TensorName.TOKEN_EMBEDDING, 0, vocab, dim);
        Tensor outputNorm = require(TensorName.OUTPUT_NORM, 0, dim);
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(layer(layer));
        }
        return new Model(source, config, embedding, layers, outputNorm, output(embedding));
    }

    private LayerWeights layer(int layer) {
        long dim = config.dim();
        long qDim = config.qDim();
        long kvDim = config.kvDim();
        long ffnDim = config.ffnDim();
        return new LayerWeights(
                require(TensorName.ATTN_NORM, layer, dim),
                require(TensorName.Q, layer, qDim, dim), require(TensorName.Q_BIAS, layer, qDim),
                require(TensorName.K, layer, kvDim, dim), require(TensorName.K_BIAS, layer, kvDim),
                require(TensorName.V, layer, kvDim, dim), require(TensorName.V_BIAS, layer, kvDim),
                require(TensorName.ATTN_OUT, layer, dim, qDim),
                require(TensorName.FFN_NORM, layer, dim),
                require(TensorName.GATE, layer, ffnDim, dim),
                require(TensorName.UP, layer, ffnDim, dim),
                require(TensorName.DOWN, layer, dim, ffnDim));
    }

    /** Converters may write an output matrix beside tied embeddings: prefer it where it is, except where a config says tied. */
    private Tensor output(Tensor embedding) {
        boolean present = source.weights().tensors().containsKey(TensorName.OUTPUT.in(source, 0));
        boolean tied = switch (source) {
            case ModelSource.Gguf gguf -> !present;
            case ModelSource.Folder folder -> HfConfig.tied(folder.config());
        };
        return tied ? embedding : require(TensorName.OUTPUT, 0, config.vocab(), config.dim());
    }

    private Tensor require(TensorName tensorName, int layer, long... shape) {
        String name = tensorName.in(source, layer);
        Tensor tensor = source.weights().require(name);
        if (!tensor.shape().equals(Arrays.stream(shape).boxed().toList())) {
            throw new EngineException(ErrorCode.BAD_MODEL, source.path() + ": tensor " + name + " has the wrong shape")
                    .expected(Arrays.toString(shape) + " from the configuration").got(tensor.shape())
                    .remedy("convert or download the model again");
        }
        return tensor;
    }

    static int sizeAsInt(Tensor tensor, long size) {
        if (size > Integer.MAX_VALUE) {
            throw new EngineException(ErrorCode.BAD_MODEL, "tensor " + tensor.name() + " has too many rows")
                    .expected("fewer than 2^31").got(size);
        }
        return (int) size;
    }

    static EngineException notYet(String what) {
        return new EngineException(ErrorCode.UNSUPPORTED, what + " is not yet supported")
                .remedy("this version runs dense Qwen1.5, Qwen2 and Qwen2.5 models with full attention");
    }
}
