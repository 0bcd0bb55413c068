package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.stage.KvType;

/** A way to run the model: devices, or a profile that names them. */
public interface BenchTarget {
    /** The devices as they were asked for, such as {@code cpu} or {@code cpu/cpu:scalar}; with a profile any words. */
    String device();

    /** The profile that chose them, or an empty text. */
    String profile();

    /** Threads that compute on the host. */
    int threads();

    /** How keys and values are kept where nothing else is said of a layer. */
    KvType kvType();

    /**
     * Opens the model there.
     *
     * @throws dev.qyclone.engine.error.EngineException why it cannot run there
     */
    Opened open();

    /**
     * An opened model and what it took to open it.
     *
     * @param engine the caller's to close
     * @param loadNanos reading the file's head and mapping its weights
     * @param planNanos finding devices and placing the layers
     * @param openNanos opening the stages: on devices the upload of weights, the check of kernels, their compilation
     */
    record Opened(Engine engine, long loadNanos, long planNanos, long openNanos) {
    }
}
