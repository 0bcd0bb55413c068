package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.study.run.CellWorker.Share;
import dev.qyclone.bench.tokens.FlopsPerPrompt;
import dev.qyclone.bench.tokens.UsedWeights;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Counts what a token and a prompt cost at least, as {@code bench} does: each weight that is used is read once and multiplied once for each
 * row, attention multiplies what each id sees, and decode reads the keys and values that it sees in the middle of its test.
 */
final class WorkCount {
    private static final long PER_WEIGHT = 2;

    private final Model model;
    private final StudySettings settings;

    WorkCount(Model model, StudySettings settings) {
        this.model = model;
        this.settings = settings;
    }

    /** What each device of a placement has to do; the embedding's row of a token is counted where the output is. */
    List<Share> shares(Placement placement) {
        Map<String, Share> shares = new LinkedHashMap<>();
        for (Placement.Run run : placement.runs()) {
            for (int layer = run.firstLayer(); layer < run.firstLayer() + run.count(); layer++) {
                add(shares, layer(run.device().id(), layer, run.options().kvType()));
            }
        }
        Tensor output = model.output();
        long flops = PER_WEIGHT * output.elements();
        long ends = output.bytes() + model.outputNorm().bytes();
        long row = model.tokenEmbedding().rowBytes();
        // Of a prompt only the last row is multiplied.
        add(shares, new Share(placement.output().id(), ends + row, flops, ends + row * settings.prefillIds(), flops));
        return new ArrayList<>(shares.values());
    }

    private static void add(Map<String, Share> shares, Share more) {
        shares.merge(more.device(), more, (a, b) -> new Share(a.device(), a.decodeBytes() + b.decodeBytes(),
                a.decodeFlops() + b.decodeFlops(), a.prefillBytes() + b.prefillBytes(), a.prefillFlops() + b.prefillFlops()));
    }

    private Share layer(String device, int index, KvType kvType) {
        LayerWeights layer = model.layers().get(index);
        int window = model.config().attention().window(index);
        int before = settings.decodeIds() / 2;
        long kv = 2L * model.config().kvDim() * kvType.bytes() * (window == 0 ? before : Math.min(window, before));
        // A prompt of many rows asks all experts.
        long read = layer.tensors().mapToLong(Tensor::bytes).sum();
        return new Share(device, UsedWeights.bytes(layer, model.config().mixture()) + kv,
                Math.round(FlopsPerPrompt.ofLayer(model, index, before, 1)), read,
                Math.round(FlopsPerPrompt.ofLayer(model, index, 0, settings.prefillIds())));
    }
}
