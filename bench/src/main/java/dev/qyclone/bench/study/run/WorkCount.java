package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.study.run.CellWorker.Share;
import dev.qyclone.bench.tokens.UsedWeights;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what a token and a prompt cost at least: each weight that is used is read once and multiplied once for each row, and decode reads
 * the keys and values that it sees in the middle of its test. Norms, angles and attention's own products are left out as small.
 */
final class WorkCount {
    private static final long PER_WEIGHT = 2;

    private final Model model;
    private final StudySettings settings;
    private final MixtureConfig mixture;

    WorkCount(Model model, StudySettings settings) {
        this.model = model;
        this.settings = settings;
        this.mixture = model.config().mixture();
    }

    /** What each device of a placement has to do; the embedding's rows are nothing beside it. */
    List<Share> shares(Placement placement) {
        Map<String, Share> shares = new LinkedHashMap<>();
        for (Placement.Run run : placement.runs()) {
            for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
                add(shares, layer(run.device().id(), layer, run.options().kvType()));
            }
        }
        Tensor output = model.output();
        long flops = PER_WEIGHT * output.elements();
        add(shares, new Share(placement.output().id(), output.bytes(), flops, output.bytes(), flops)); // of a prompt the last row only
        return new ArrayList<>(shares.values());
    }

    private static void add(Map<String, Share> shares, Share more) {
        shares.merge(more.device(), more, (a, b) -> new Share(a.device(), a.decodeBytes() + b.decodeBytes(),
                a.decodeFlops() + b.decodeFlops(), a.prefillBytes() + b.prefillBytes(), a.prefillFlops() + b.prefillFlops()));
    }

    private Share layer(String device, int index, KvType kvType) {
        LayerWeights layer = model.layers().get(index);
        int window = model.config().attention().window(index);
        int seen = settings.decodeIds() / 2 + 1;
        long kv = 2L * model.config().kvDim() * kvType.bytes() * (window == 0 ? seen : Math.min(window, seen));
        long used = UsedWeights.bytes(layer, mixture);
        long elements = UsedWeights.elements(layer, mixture);
        // A prompt of many rows asks all experts.
        long read = layer.tensors().mapToLong(Tensor::bytes).sum();
        return new Share(device, used + kv, PER_WEIGHT * elements, read, PER_WEIGHT * elements * settings.prefillIds());
    }
}
