package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** Some layers of a device, and its output where that fits, that tell how fast it is now. */
final class Yardstick implements AutoCloseable {
    private final ProbePlan plan;
    private final boolean fillsCaches;
    private final Workload workload;
    private final Effort effort;
    private final LongSupplier clock;
    private final LayerProbe layers;
    private final OutputStage output; // null where it does not fit
    private final HiddenStates x; // (1, dim)
    private final float[] row; // (vocab)
    private final Samples logits = new Samples();
    private final int rows;

    private Yardstick(Model model, ProbePlan plan, ProbeInput input, int rows, LayerProbe layers, OutputStage output, Effort effort,
            LongSupplier clock) {
        this.plan = plan;
        this.fillsCaches = plan.fillsCaches(model);
        this.workload = input.workload();
        this.effort = effort;
        this.clock = clock;
        this.layers = layers;
        this.output = output;
        this.x = new HiddenStates(1, input.dim()).resize(1);
        this.row = new float[input.vocab()];
        this.rows = rows;
    }

    /**
     * Opens what the plan says; nothing stays open if that fails.
     *
     * @param rows of the prompt that are measured
     */
    static Yardstick open(Model model, Backend backend, Device device, ProbePlan plan, ProbeInput input, int rows, StageOptions options,
            Effort effort, LongSupplier clock) {
        LayerProbe layers = new LayerProbe(backend.openLayers(model, device, plan.firstOfSeveral(), plan.several(), options),
                new CacheSpec(options.context(), input.policies()), input.hidden(), input.dim(),
                Math.min(input.workload().batch(), input.workload().prompt()), clock);
        try {
            OutputStage output = plan.output() ? backend.openOutput(model, device, options) : null;
            return new Yardstick(model, plan, input, rows, layers, output, effort, clock);
        } catch (RuntimeException e) {
            layers.close();
            throw e;
        }
    }

    /** What tells whether code is warm. */
    Stream<Samples> telling() {
        return Stream.of(layers.prefill, layers.decode, logits);
    }

    /** Measures everything once, in the order of a run: a prompt, and tokens behind it. */
    void visit(HostSweep sweep) {
        layers.prefill(rows);
        double spent = 0;
        for (int i = 0; i < effort.decodes() && spent < effort.secondsPerCall(); i++) {
            if (!fillsCaches) {
                sweep.run(); // for the layers that are not open here
            }
            spent += layers.decode();
            if (output != null) {
                long start = clock.getAsLong();
                output.logits(x, 0, row);
                logits.add((clock.getAsLong() - start) / 1e9);
                spent += logits.last();
            }
        }
    }

    /**
     * Measures everything once.
     *
     * @param then what was measured of this device before
     * @return the same, as long as it takes now: a token and a prompt by themselves, since one waits for memory and the other does not
     */
    DeviceTimes now(DeviceTimes then, LayerKinds kinds, HostSweep sweep) {
        telling().forEach(Samples::clear);
        visit(sweep);
        List<Integer> open = kinds.ofLayer().subList(plan.firstOfSeveral(), plan.firstOfSeveral() + plan.several());
        boolean both = output != null && then.output().possible();
        double token = layers.decode.timing().median() + (both ? logits.timing().median() : 0);
        double prompt = layers.prefill.last() * workload.prompt() / rows;
        return then.slower(token / (then.decode().stage(open) + (both ? then.output().median() : 0)),
                prompt / then.prefill().stage(open));
    }

    @Override
    public void close() {
        layers.close();
        if (output != null) {
            output.close();
        }
    }
}
