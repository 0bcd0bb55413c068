package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/** Whatever a stage throws, as an exception that names its device and its layers, or the one that failed where the stage knows it. */
public final class StageFailure {
    private StageFailure() {
    }

    /** Such as {@code layers 3-4 on opencl:0:0}. */
    static String words(LayerStage stage) {
        int last = stage.firstLayer() + stage.layerCount() - 1;
        return (last == stage.firstLayer() ? "layer " + last : "layers " + stage.firstLayer() + "-" + last) + " on " + stage.device().id();
    }

    /**
     * To be thrown instead of {@code thrown}.
     *
     * @param where the stage or its layer in words, such as {@code layer 3 on cpu}
     * @throws Error for what no device causes: a defect
     */
    public static EngineException of(String where, Device device, Throwable thrown) {
        return switch (thrown) {
            case EngineException e when e.getMessage().contains("on " + device.id()) -> e;
            case EngineException e -> new EngineException(e.code(), where + ": " + e.getMessage(), e);
            case OutOfMemoryError e -> new EngineException(ErrorCode.OUT_OF_MEMORY, where + " found no memory", e).got(e.getMessage())
                    .remedy("ask for less with --chunk, --ctx or --kv f16, or give Java more heap with QYCLONE_JAVA_OPTS=-Xmx4g");
            case Error e -> throw e;
            default -> new EngineException(ErrorCode.DEVICE_FAILED, where + " failed", thrown).got(thrown)
                    .remedy("run the layers elsewhere, for example with --device cpu");
        };
    }
}
