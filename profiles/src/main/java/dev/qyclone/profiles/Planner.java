package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Footprint + devices → placement: a pure function, so that it can be tested with invented machines. */
public final class Planner {
    /** Contexts are cut to a multiple of this. */
    private static final int CONTEXT_STEP = 256;

    private Planner() {
    }

    /**
     * Everything on one device. Weights on the host are mapped from the file, so that a model larger than the memory is slow
     * there and not impossible: a warning. Keys and values must fit.
     *
     * @param modelContext positions that the model was made for
     * @param askedContext positions that the user wants, or 0 for as many as the model and the memory allow
     * @param options of all stages, but for the context
     * @throws EngineException BAD_REQUEST if more was asked for than the model has; OUT_OF_MEMORY if it does not fit
     */
    public static Plan onOneDevice(Footprint footprint, Device device, int modelContext, int askedContext, StageOptions options) {
        if (askedContext < 0 || askedContext > modelContext) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the context asked for is not one that the model has")
                    .expected("1 to " + modelContext + " positions").got(askedContext).remedy("give a smaller --ctx");
        }
        List<String> warnings = new ArrayList<>();
        long left = device.memoryBytes() - footprint.weights();
        if (left < 0) {
            warnings.add("the weights (%s) are larger than the memory of %s (%s): they will be read from disk again and again"
                    .formatted(gib(footprint.weights()), device.id(), gib(device.memoryBytes())));
            left = device.memoryBytes() / 4;
        }
        int fits = footprint.positionsIn(left, modelContext);
        if (askedContext > fits || fits == 0) {
            int wanted = Math.max(askedContext, 1);
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "keys and values do not fit on " + device.id())
                    .expected("at most " + gib(left) + ", which is " + fits + " positions")
                    .got(gib(footprint.kv(wanted)) + " for " + wanted + " positions")
                    .remedy("give a smaller --ctx, or --kv f16 for half the memory");
        }
        int context = askedContext > 0 ? askedContext : modelContext;
        if (context > fits) {
            context = fits < CONTEXT_STEP ? fits : fits / CONTEXT_STEP * CONTEXT_STEP;
            warnings.add("the context is cut from %d to %d positions, which is what fits into the memory of %s"
                    .formatted(modelContext, context, device.id()));
        }
        return new Plan(Placement.allOn(device, footprint.layers().size(),
                options.withContext(context), "all layers on one device"), context, warnings);
    }

    private static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.1f GiB", bytes / (double) (1L << 30));
    }
}
