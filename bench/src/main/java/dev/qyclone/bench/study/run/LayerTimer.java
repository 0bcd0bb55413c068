package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.tokens.CellRun;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.tune.LayerKinds;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Times each layer of a placement as a stage of its own. To open a stage costs some devices seconds: when the time is up, layers get the
 * figures of one of the same kind on the same device, which is measured in any case.
 */
final class LayerTimer {
    private static final int CALLS = 7;

    private final Model model;
    private final Backends backends;
    private final Placement placement;
    private final StudySettings settings;
    private final float[] input; // (prefillIds, dim)
    private final Map<String, LayerTime> ofKind = new HashMap<>();

    LayerTimer(Model model, Backends backends, Placement placement, StudySettings settings) {
        this.model = model;
        this.backends = backends;
        this.placement = placement;
        this.settings = settings;
        int dim = model.config().dim();
        int[] ids = CellRun.randomIds(settings.prefillIds(), model.config().vocab());
        input = new float[Math.multiplyExact(ids.length, dim)];
        for (int i = 0; i < ids.length; i++) {
            model.tokenEmbedding().decodeRow(ids[i], input, i * dim);
        }
    }

    /** All layers in order, then the output. */
    List<LayerTime> times() {
        long end = System.nanoTime() + (long) (settings.layerSeconds() * 1e9);
        List<Integer> kinds = LayerKinds.of(model).ofLayer();
        LayerTime output = output();
        List<LayerTime> times = new ArrayList<>();
        for (Placement.Run run : placement.runs()) {
            for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
                String kind = run.device().id() + " " + kinds.get(layer);
                LayerTime known = ofKind.get(kind);
                if (known != null && System.nanoTime() > end) {
                    times.add(new LayerTime("layer", layer, known.device(), known.prefillNanos(), known.decodeNanos(), false));
                } else {
                    LayerTime time = layer(run.device(), layer, run.options());
                    ofKind.put(kind, time);
                    times.add(time);
                }
            }
        }
        times.add(output);
        return times;
    }

    private LayerTime layer(Device device, int layer, StageOptions options) {
        CacheSpec spec = new CacheSpec(settings.positions(), new AttentionPolicies(model.config()).forPrompt(settings.prefillIds()));
        try (LayerStage stage = backends.of(device).openLayers(model, device, layer, 1,
                options); StageCache cache = stage.openCache(spec)) {
            HiddenStates x = new HiddenStates(settings.prefillIds(), model.config().dim());
            long[] prefill = new long[CALLS];
            long[] decode = new long[CALLS];
            for (int i = 0; i < CALLS; i++) {
                cache.truncate(0);
                prefill[i] = forward(stage, cache, x, settings.prefillIds(), 0);
                cache.truncate(settings.prefillIds());
                decode[i] = forward(stage, cache, x, 1, settings.prefillIds());
            }
            return new LayerTime("layer", layer, device.id(), median(prefill), median(decode), true);
        }
    }

    private long forward(LayerStage stage, StageCache cache, HiddenStates x, int rows, int position) {
        x.resize(rows);
        System.arraycopy(input, 0, x.data(), 0, rows * x.dim());
        long start = System.nanoTime();
        stage.forward(cache, x, position);
        return System.nanoTime() - start;
    }

    private LayerTime output() {
        Device device = placement.output();
        try (OutputStage stage = backends.of(device).openOutput(model, device, placement.outputOptions())) {
            HiddenStates x = new HiddenStates(1, model.config().dim()).resize(1);
            float[] logits = new float[model.config().vocab()];
            long[] nanos = new long[CALLS];
            for (int i = 0; i < CALLS; i++) {
                System.arraycopy(input, 0, x.data(), 0, x.dim());
                long start = System.nanoTime();
                stage.logits(x, 0, logits);
                nanos[i] = System.nanoTime() - start;
            }
            return new LayerTime("output", -1, device.id(), median(nanos), median(nanos), true);
        }
    }

    private static long median(long[] nanos) {
        long[] sorted = nanos.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
