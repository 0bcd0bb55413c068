package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** Checks a device's kernels on demand: a layer of random weights for each type of weight, in each family of kernels. */
final class DeviceCheck {
    /** Positions that a check's stage has: room for what {@link StageCheck} puts before a call. */
    private static final int CONTEXT = 544;

    private final Device device;
    private final TornadoDevice tornado;
    private final CheckRequest request;
    private final List<CheckRow> rows = new ArrayList<>();

    DeviceCheck(Device device, TornadoDevice tornado, CheckRequest request) {
        this.device = device;
        this.tornado = tornado;
        this.request = request;
    }

    CheckReport report() {
        for (KernelFamily family : request.families()) {
            for (TensorType type : TensorType.values()) {
                if (request.types().contains(type)) {
                    try (RandomLayer random = new RandomLayer(request.config(), type)) {
                        check(random.model(), type, family);
                    }
                }
            }
        }
        return new CheckReport(device, rows);
    }

    private void check(Model model, TensorType type, KernelFamily family) {
        // Keys and values are kept in both ways over the types, so that each is tried with every family.
        KvType kvType = KvType.values()[type.ordinal() % KvType.values().length];
        StageOptions options = new StageOptions(Math.min(CONTEXT, model.config().context()), 1, StageOptions.DEFAULT_BATCH, kvType,
                new KernelChoice(family, 0));
        try (TornadoLayerStage stage = TornadoLayerStage.unchecked(device, tornado, new DeviceMemory(device), model, 0, 1, options)) {
            rows.addAll(stage.check(model, 0, options, request.rates()));
        } catch (RuntimeException e) {
            rows.add(CheckRow.failed("layer", family, type.name(), "-", StageCheck.TOLERANCE, TornadoFailure.words(e)));
        }
        try (TornadoOutputStage output =
                TornadoOutputStage.unchecked(device, tornado, new DeviceMemory(device), model, options.kernels())) {
            rows.add(output.check(model, family, request.rates()));
        } catch (RuntimeException e) {
            rows.add(CheckRow.failed("output_norm_logits", family, type.name(), "-", StageCheck.TOLERANCE, TornadoFailure.words(e)));
        }
    }
}
