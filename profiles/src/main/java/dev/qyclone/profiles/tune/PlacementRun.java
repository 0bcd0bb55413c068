package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageCache;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Runs a placement and measures what was predicted: a prompt and tokens behind it, one stage after another. In turn with that, layers of
 * its devices are measured again, because machines change from minute to minute and a prediction holds at the pace at which it was made.
 */
public final class PlacementRun {
    private final Workload workload;
    private final Effort effort;
    private final LongSupplier clock;
    private final Pipeline pipeline;
    private final List<StageCache> caches;
    private final int[] ids; // (prompt)
    private final HiddenStates x;
    private final float[] logits; // (vocab)
    private final Samples prefill = new Samples();
    private final Samples decode = new Samples();
    private final Samples first = new Samples();

    private PlacementRun(Model model, Pipeline pipeline, List<StageCache> caches, Workload workload, Effort effort, LongSupplier clock) {
        this.workload = workload;
        this.effort = effort;
        this.clock = clock;
        this.pipeline = pipeline;
        this.caches = caches;
        this.ids = ProbeInput.ids(model.config().vocab(), workload.prompt());
        this.x = pipeline.newHiddenStates(Math.min(workload.batch(), workload.prompt()));
        this.logits = new float[model.config().vocab()];
    }

    /**
     * What came of a run.
     *
     * @param predicted at the pace that the devices had beside the run; median over the rounds
     * @param measured median over the rounds
     * @param ratio of measured to predicted within a round; median over the rounds, not the ratio of the medians
     */
    public record Ran(Speeds predicted, Speeds measured, Speeds ratio) {
    }

    /**
     * Opens a placement, runs it, and closes it again.
     *
     * @param tuned what predicts it
     * @param reserve bytes that stay free in each memory
     * @param notes told which devices' pace could not be measured beside the run, in one line each
     */
    public static Ran measure(Model model, Backends backends, Tuned tuned, Placement placement, long reserve, Effort effort,
            LongSupplier clock, Consumer<String> notes) {
        Workload workload = tuned.costs().workload();
        CacheSpec spec = new CacheSpec(
                workload.prompt() + effort.decodes(), new AttentionPolicies(model.config()).forPrompt(workload.prompt()));
        try (Pipeline pipeline = Pipeline.open(model, backends, placement);
                BesideRun beside = BesideRun.open(model, backends, tuned, placement, reserve, effort, clock, notes)) {
            List<StageCache> caches = pipeline.openCaches(spec);
            try {
                return new PlacementRun(model, pipeline, caches, workload, effort, clock).rounds(beside, tuned.assignment(placement));
            } finally {
                caches.forEach(StageCache::close);
            }
        }
    }

    private Ran rounds(BesideRun beside, Assignment assignment) {
        for (WarmUp warmUp = new WarmUp(effort, clock); warmUp.wanted();) {
            beside.warmUp();
            round();
            warmUp.ended(Stream.concat(Stream.of(prefill, decode, first), beside.telling()).toList());
        }
        SpeedSamples predicted = new SpeedSamples();
        SpeedSamples measured = new SpeedSamples();
        SpeedSamples ratio = new SpeedSamples();
        double seconds = 0;
        for (int i = 0; i == 0 || effort.more(i, seconds); i++) {
            long begun = clock.getAsLong();
            Speeds should = beside.now().speeds(assignment);
            Stream.of(prefill, decode, first).forEach(Samples::clear);
            round();
            Speeds did = Speeds.of(workload, decode.timing().median(), prefill.last(), first.last());
            predicted.add(should);
            measured.add(did);
            ratio.add(did.over(should));
            seconds += (clock.getAsLong() - begun) / 1e9;
        }
        return new Ran(predicted.medians(), measured.medians(), ratio.medians());
    }

    private void round() {
        caches.forEach(cache -> cache.truncate(0));
        long start = clock.getAsLong();
        for (int from = 0; from < ids.length; from += x.capacity()) {
            pipeline.forward(caches, ids, from, Math.min(x.capacity(), ids.length - from), from, x);
        }
        long computed = clock.getAsLong();
        pipeline.logits(x, x.tokens() - 1, logits);
        prefill.add((computed - start) / 1e9);
        first.add((clock.getAsLong() - start) / 1e9);
        for (int i = 0; i < effort.decodes(); i++) {
            long before = clock.getAsLong();
            pipeline.forward(caches, ids, 0, 1, ids.length + i, x);
            pipeline.logits(x, 0, logits);
            decode.add((clock.getAsLong() - before) / 1e9);
        }
    }
}
