package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/** A device that is measured: the stages that are open there, and what they took so far. */
final class DeviceProbe implements AutoCloseable {
    private static final int FIRST_ROWS = 16;
    /** A layer that stands for all in a prompt is measured for at least this part of a call's time: one moment of it says little. */
    private static final int MOMENTS = 4;

    private final Device device;
    private final ProbeInput input;
    private final LayerKinds kinds;
    private final ProbePlan plan;
    private final Effort effort;
    private final LongSupplier clock;
    private final List<LayerProbe> singles = new ArrayList<>();
    private LayerProbe several; // null where there is none
    private EmbeddingStage embedding; // null where there is none
    private OutputStage output; // null where there is none
    private final Samples prefillEmbedding = new Samples();
    private final Samples decodeEmbedding = new Samples();
    private final Samples logits = new Samples();
    private final HiddenStates x; // (prompt, dim)
    private final float[] row; // (vocab)
    private int rows;
    /** Whether the stage of several layers is the whole model, or so large that each token drives out what the last one left. */
    private boolean fillsCaches;
    /** Whether the stage of several layers runs the prompt too; where that takes long, a call costs nothing beside it. */
    private boolean severalPrompts;

    private DeviceProbe(Device device, ProbeInput input, LayerKinds kinds, ProbePlan plan, Effort effort, LongSupplier clock) {
        this.device = device;
        this.input = input;
        this.kinds = kinds;
        this.plan = plan;
        this.effort = effort;
        this.clock = clock;
        this.x = new HiddenStates(input.workload().prompt(), input.dim());
        this.row = new float[plan.output() ? input.vocab() : 0];
        this.rows = Math.min(FIRST_ROWS, input.workload().prompt());
    }

    /** Opens what the plan says; nothing stays open if that fails. */
    static DeviceProbe open(Model model, Backend backend, Device device, ProbeInput input, StageOptions options, LayerKinds kinds,
            ProbePlan plan, Effort effort, LongSupplier clock) {
        DeviceProbe probe = new DeviceProbe(device, input, kinds, plan, effort, clock);
        try {
            for (int layer : plan.singles()) {
                probe.singles.add(probe.layers(model, backend, layer, 1, options));
            }
            if (plan.several() > 0) {
                probe.several = probe.layers(model, backend, plan.firstOfSeveral(), plan.several(), options);
                probe.fillsCaches = plan.fillsCaches(model);
            }
            if (plan.embedding()) {
                probe.embedding = backend.openEmbedding(model, device);
            }
            if (plan.output()) {
                probe.output = backend.openOutput(model, device, options);
            }
            return probe;
        } catch (RuntimeException e) {
            probe.close();
            throw e;
        }
    }

    private LayerProbe layers(Model model, Backend backend, int first, int count, StageOptions options) {
        return new LayerProbe(backend.openLayers(model, device, first, count, options), new CacheSpec(options.context(), input.policies()),
                input.hidden(), input.dim(), Math.min(input.workload().batch(), input.workload().prompt()), clock);
    }

    Device device() {
        return device;
    }

    /** Measures everything once, and finds how many rows of one layer the device computes in the time that a call may take. */
    void warmUp(HostSweep sweep) {
        visit(sweep);
        double seconds = singles.getFirst().prefill.last();
        int prompt = input.workload().prompt();
        // Never fewer than before: code that is still cold would make a device look slow, and few rows are slower each than many.
        int more = seconds <= 0 ? prompt : (int) Math.clamp(rows * effort.secondsPerCall() / seconds, rows, prompt);
        if (more > rows) {
            rows = more;
            stages().forEach(stage -> stage.prefill.clear());
        }
        severalPrompts = several != null && rows == prompt && seconds * plan.several() <= effort.secondsPerCall();
    }

    /** What was measured so far does not count. */
    void forgetSamples() {
        telling().forEach(Samples::clear);
        prefillEmbedding.clear();
        decodeEmbedding.clear();
    }

    /** What tells whether code is warm; the embedding takes too little time for that. */
    Stream<Samples> telling() {
        return Stream.concat(stages().flatMap(stage -> Stream.of(stage.prefill, stage.decode)), Stream.of(logits));
    }

    private Stream<LayerProbe> stages() {
        return several == null ? singles.stream() : Stream.concat(singles.stream(), Stream.of(several));
    }

    /** Measures everything once. */
    void visit(HostSweep sweep) {
        if (several != null) {
            several.goBehind(rows);
        }
        // Tokens first: the device was idle while others were measured, and in the run, too, prompts come behind tokens.
        measureTokens(sweep);
        measurePrompt();
        goBehindPrompt();
        double spent = 0;
        for (int i = 0; i < effort.decodes() && spent < effort.secondsPerCall(); i++) {
            for (LayerProbe single : singles) {
                sweep.run();
                spent += single.decode();
            }
        }
    }

    private void measurePrompt() {
        if (severalPrompts) {
            several.prefill(rows);
        }
        double spent = 0;
        for (int i = 0; i == 0 || !severalPrompts && i < effort.decodes() && spent < effort.secondsPerCall() / MOMENTS; i++) {
            for (LayerProbe single : singles) {
                single.prefill(rows);
                spent += single.prefill.last();
            }
        }
        if (embedding != null) {
            prefillEmbedding.add(embed(rows));
        }
    }

    /** Token by token as in a run: as many layers as are open, and then at once the output. */
    private void measureTokens(HostSweep sweep) {
        double spent = 0;
        for (int i = 0; i < effort.decodes() && spent < effort.secondsPerCall(); i++) {
            if (!fillsCaches) {
                sweep.run(); // for the layers that are not open here
            }
            if (embedding != null) {
                decodeEmbedding.add(embed(1));
            }
            if (several != null) {
                spent += several.decode();
            }
            if (output != null) {
                spent += logits();
            }
        }
    }

    /** Lets the single stages hold the prompt and nothing behind it. */
    void goBehindPrompt() {
        singles.forEach(single -> single.goBehind(rows));
    }

    /** Runs one row through the first single stage, without a sample; seconds. */
    double layer() {
        return singles.getFirst().row();
    }

    /** What that takes where nothing else runs before. */
    double aloneSeconds() {
        return singles.getFirst().decode.timing().median();
    }

    private double embed(int count) {
        x.resize(count);
        long start = clock.getAsLong();
        embedding.forward(input.ids(), 0, x);
        return (clock.getAsLong() - start) / 1e9;
    }

    private double logits() {
        x.resize(1);
        System.arraycopy(input.hidden(), 0, x.data(), 0, input.dim());
        long start = clock.getAsLong();
        output.logits(x, 0, row);
        double seconds = (clock.getAsLong() - start) / 1e9;
        logits.add(seconds);
        return seconds;
    }

    /** What was measured, for a whole prompt where its rows were too many for this device. */
    DeviceTimes times() {
        List<Integer> together = kinds.ofLayer().subList(plan.firstOfSeveral(), plan.firstOfSeveral() + plan.several());
        StageTimes decode = CallSplit.split(singles.stream().map(single -> single.decode.timing()).toList(), together,
                several == null ? Timing.IMPOSSIBLE : several.decode.timing(), timing(decodeEmbedding));
        StageTimes measured = CallSplit.split(singles.stream().map(single -> single.prefill.timing()).toList(),
                severalPrompts ? together : List.of(), severalPrompts ? several.prefill.timing() : Timing.IMPOSSIBLE,
                timing(prefillEmbedding));
        double longer = input.workload().prompt() / (double) rows;
        double calls = input.workload().calls() / (double) input.workload().calls(rows);
        StageTimes prefill = new StageTimes(measured.call().times(calls),
                measured.layers().stream().map(layer -> layer.times(longer)).toList(), measured.embedding().times(longer));
        return new DeviceTimes(device.id(), decode, prefill, timing(logits), rows);
    }

    private static Timing timing(Samples samples) {
        return samples.isEmpty() ? Timing.IMPOSSIBLE : samples.timing();
    }

    @Override
    public void close() {
        singles.forEach(LayerProbe::close);
        if (several != null) {
            several.close();
        }
        if (embedding != null) {
            embedding.close();
        }
        if (output != null) {
            output.close();
        }
    }
}
