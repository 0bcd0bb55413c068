package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.Model;
import java.util.List;
import java.util.Optional;

/**
 * A way to run stages: the host, or a runtime such as TornadoVM. A backend answers for itself: where it cannot run, it
 * says why, and neither loading the class nor asking does any harm.
 */
public interface Backend extends AutoCloseable {
    /** Prefix of its devices' ids. */
    String name();

    Availability availability();

    /** The devices it has; empty where it is missing. */
    List<Device> devices();

    EmbeddingStage openEmbedding(Model model, Device device);

    /** A stage of the neighbouring layers {@code [firstLayer, firstLayer + count)}. */
    LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options);

    OutputStage openOutput(Model model, Device device, StageOptions options);

    /** Runs the device's kernels against the scalar reference. What a kernel does wrong is in the report, never an exception. */
    CheckReport check(Device device, CheckRequest request);

    /** The families of kernels that a device can be told to run; one where there is nothing to choose. */
    default List<KernelFamily> families(Device device) {
        return List.of(KernelFamily.AUTO);
    }

    /** The device with what only a kernel that runs there can tell, such as whether it computes with 16-bit floats; may take a second. */
    default Device probed(Device device) {
        return device;
    }

    /** How a device runs stages with these kernels, in words for the user; its own note where there is nothing to choose. */
    default String note(Device device, KernelChoice kernels) {
        return device.note();
    }

    /** What a device can do at most, measured now, which may take seconds; empty where the backend has no kernels for that. */
    default Optional<DeviceRates> rates(Device device) {
        return Optional.empty();
    }

    /**
     * What its stages' compilation and upload took so far, those included that happen later than at opening; empty where it cannot
     * tell, or was not asked to by {@link BackendOptions#timeOpening}.
     */
    default Optional<OpeningTimes> openingTimes() {
        return Optional.empty();
    }

    /** What its stages have launched so far; empty where it launches no kernels, as on the host. */
    default Optional<Launches> launches() {
        return Optional.empty();
    }

    /** From now on each kernel's time is taken, or no longer; stages are slower meanwhile, because each launch is waited for. */
    default void timeKernels(boolean on) {
    }

    @Override
    void close();
}
