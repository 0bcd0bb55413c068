package dev.qyclone.engine.faulty;

import dev.qyclone.engine.error.ErrorCode;

/** What is wrong with a {@link FaultyBackend}. */
public sealed interface Fault {
    /** The kernel's numbers are off by a percent, in every layer; the self-check sees it, so that the device is refused when opened. */
    record WrongKernel(Kernel kernel) implements Fault {
    }

    /** The kernel cannot be compiled: it throws, in every layer and in the self-check, so that the device is refused when opened. */
    record BrokenKernel(Kernel kernel) implements Fault {
    }

    /** The output of layer k is off by a percent; no self-check sees it. */
    record WrongLayer(int layer) implements Fault {
    }

    /** The output of layer k holds a NaN; the stage throws NON_FINITE naming the layer. */
    record NanInLayer(int layer) implements Fault {
    }

    /** The output of layer k holds a NaN, and the stage does not notice. */
    record UnnoticedNanInLayer(int layer) implements Fault {
    }

    /** Layer k throws an EngineException with this code, such as DEVICE_UNAVAILABLE for a device that is lost. */
    record FailureInLayer(int layer, ErrorCode code) implements Fault {
    }

    /** The device is gone: its layers throw DEVICE_FAILED, and its caches cannot be truncated or copied; all can still be closed. */
    record Lost() implements Fault {
    }

    /** Whatever is closed on the device throws once it is closed. */
    record FailingClose() implements Fault {
    }

    /** A cache is refused with OUT_OF_MEMORY when opened. */
    record NoRoomForCaches() implements Fault {
    }

    /** The device reports so much memory; nothing is refused because of it. */
    record LittleMemory(long bytes) implements Fault {
    }

    /** A stage that holds layer k is refused with OUT_OF_MEMORY when opened, though the device reports enough. */
    record FullAtLayer(int layer) implements Fault {
    }

    /** A stage is refused with OUT_OF_MEMORY when so many stages and caches are open on the device. */
    record FullBeside(int things) implements Fault {
    }

    /** The backend is not usable: it has no devices. */
    record Missing(String reason, String remedy) implements Fault {
    }

    /** What may be wrong in {@link WrongKernel} and {@link BrokenKernel}. */
    enum Kernel {
        NORM, PRODUCT, ROPE, ATTENTION, SWIGLU
    }
}
