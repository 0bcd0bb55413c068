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
import java.util.function.LongSupplier;

/** Runs a placement and measures what was predicted: a prompt and tokens behind it, one stage after another. */
public final class PlacementRun {
    private final Model model;
    private final Workload workload;
    private final Effort effort;
    private final LongSupplier clock;
    private final SamePace pace;
    private final Samples prefill = new Samples();
    private final Samples decode = new Samples();
    private final Samples first = new Samples();

    private PlacementRun(Model model, Workload workload, Effort effort, Gauges gauges, double pace) {
        this.model = model;
        this.workload = workload;
        this.effort = effort;
        this.clock = gauges.clock();
        this.pace = SamePace.as(pace, gauges, effort);
    }

    /**
     * What came of a run.
     *
     * @param speeds medians over the rounds
     * @param pace of the host, over that at which the prediction was measured: far from 1 where the machine did not come back to it
     */
    public record Ran(Speeds speeds, double pace) {
        /** True if prediction and run can be compared. */
        public boolean comparable() {
            return Math.abs(pace - 1) <= SamePace.TOLERANCE;
        }
    }

    /**
     * Opens the placement, runs it while the host keeps a pace (half of the effort's time is waited for that at most), and closes it again.
     *
     * @param pace that the host had when the prediction was measured, see {@link Tuned#pace()}
     */
    public static Ran measure(
            Model model, Backends backends, Placement placement, Workload workload, Effort effort, Gauges gauges, double pace) {
        try (Pipeline pipeline = Pipeline.open(model, backends, placement)) {
            PlacementRun run = new PlacementRun(model, workload, effort, gauges, pace);
            Speeds speeds = run.rounds(pipeline);
            return new Ran(speeds, run.pace.median() / pace);
        }
    }

    private Speeds rounds(Pipeline pipeline) {
        CacheSpec spec = new CacheSpec(
                workload.prompt() + effort.decodes(), new AttentionPolicies(model.config()).forPrompt(workload.prompt()));
        List<StageCache> caches = pipeline.openCaches(spec);
        try {
            int[] ids = ProbeInput.ids(model.config().vocab(), workload.prompt());
            HiddenStates x = pipeline.newHiddenStates(Math.min(workload.batch(), workload.prompt()));
            float[] logits = new float[model.config().vocab()];
            for (WarmUp warmUp = new WarmUp(effort, clock); warmUp.wanted();) {
                round(pipeline, caches, ids, x, logits);
                warmUp.ended(List.of(prefill, decode, first));
            }
            prefill.clear();
            decode.clear();
            first.clear();
            double seconds = 0;
            for (int i = 0; i == 0 || effort.more(i, seconds); i++) {
                pace.kept();
                long begun = clock.getAsLong();
                round(pipeline, caches, ids, x, logits);
                seconds += (clock.getAsLong() - begun) / 1e9;
            }
            return Speeds.of(workload, decode.timing().median(), prefill.timing().median(), first.timing().median());
        } finally {
            caches.forEach(StageCache::close);
        }
    }

    private void round(Pipeline pipeline, List<StageCache> caches, int[] ids, HiddenStates x, float[] logits) {
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
