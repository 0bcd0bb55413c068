package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
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

/**
 * Checks a device's kernels on demand: a layer of random weights for each type of weight, in each family of kernels; and what queries, keys
 * and values take in one launch though their types differ.
 */
final class DeviceCheck {
    /** Positions that a check's stage has: room for what {@link StageCheck} puts before a call. */
    private static final int CONTEXT = 544;
    /** The row of a layer whose values have another type. */
    private static final String PAIR = "decode attn_norm_qkv";

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
        int done = 0;
        for (KernelFamily family : request.families()) {
            for (TensorType type : TensorType.values()) {
                if (request.types().contains(type)) {
                    try (RandomLayer random = new RandomLayer(request.config(), type)) {
                        check(random.model(), type, family);
                    }
                    pair(type, family);
                    done++;
                    request.watcher().checked(done, request.families().size() * request.types().size());
                }
            }
        }
        return new CheckReport(device, rows);
    }

    /** Such pairs that each kernel for two types is one's; null where the type begins none. */
    private static TensorType valuesBeside(TensorType type) {
        return switch (type) {
            case Q4_K, Q5_K -> TensorType.Q6_K;
            case Q4_0, Q5_0 -> TensorType.Q8_0;
            case Q4_1 -> TensorType.Q4_0;
            case F32, F16, BF16, Q8_0, Q5_1, Q6_K -> null;
        };
    }

    private void pair(TensorType type, KernelFamily family) {
        TensorType values = valuesBeside(type);
        ModelConfig config = request.config();
        if (values == null || config.mixture().experts() > 0 || config.dim() % type.blockSize() != 0
                || !KernelForms.of(new KernelChoice(family, 0), device, config.headDim()).mixed()) {
            return;
        }
        String types = type.name() + "+" + values.name();
        try (RandomLayer random = new RandomLayer(config, type, values, 1)) {
            Model model = random.model();
            StageOptions options = options(model, KvType.F32, family);
            try (TornadoLayerStage stage = TornadoLayerStage.unchecked(device, tornado, new DeviceMemory(device), model, 0, 1, options)) {
                CheckRow row = stage.check(model, 0, options, request.rates()).stream().filter(one -> one.kernel().equals(PAIR)).findFirst()
                        .orElseThrow();
                rows.add(new CheckRow(PAIR, row.family(), types, row.shape(), row.error(), row.tolerance(), row.rate(), row.rateUnit(),
                        row.verdict(), row.detail()));
            } catch (RuntimeException e) {
                rows.add(CheckRow.failed(PAIR, family, types, "-", StageCheck.TOLERANCE, TornadoFailure.words(e)));
            }
        }
    }

    private static StageOptions options(Model model, KvType kvType, KernelFamily family) {
        return new StageOptions(Math.min(CONTEXT, model.config().context()), 1, StageOptions.DEFAULT_BATCH, kvType,
                new KernelChoice(family, 0));
    }

    private void check(Model model, TensorType type, KernelFamily family) {
        // Keys and values are kept in both ways over the types, so that each is tried with every family.
        KvType kvType = KvType.values()[type.ordinal() % KvType.values().length];
        StageOptions options = options(model, kvType, family);
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
