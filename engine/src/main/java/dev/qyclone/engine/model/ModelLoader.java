package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
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
        WeightFinder weights = new WeightFinder(source, config);
        Tensor embedding = weights.require(TensorName.TOKEN_EMBEDDING, 0, config.vocab(), config.dim());
        Tensor outputNorm = weights.require(TensorName.OUTPUT_NORM, 0, config.dim());
        List<LayerWeights> layers = new ArrayList<>();
        for (int layer = 0; layer < config.layers(); layer++) {
            layers.add(weights.layer(layer));
        }
        return new Model(source, config, embedding, layers, outputNorm, output(weights, embedding));
    }

    /** Converters may write an output matrix beside tied embeddings: prefer it where it is, except where a config says tied. */
    private Tensor output(WeightFinder weights, Tensor embedding) {
        boolean tied = switch (source) {
            case ModelSource.Gguf gguf -> !weights.has(TensorName.OUTPUT);
            case ModelSource.Folder folder -> HfConfig.tied(folder.config());
        };
        return tied ? embedding : weights.require(TensorName.OUTPUT, 0, config.vocab(), config.dim());
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
                .remedy("this version runs Qwen1, Qwen1.5, Qwen2 and Qwen2.5 as they were published");
    }
}
