package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import java.util.ArrayList;
import java.util.List;

/**
 * Embedding, stages in order, output: what turns token ids into logits. Between stages only hidden states travel, through the
 * host. Several sessions may share a pipeline; it runs one call at a time.
 */
public final class Pipeline implements AutoCloseable {
    private final EmbeddingStage embedding;
    private final List<LayerStage> stages;
    private final OutputStage output;
    private final int dim;

    /**
     * @param dim width of the hidden state
     * @throws IllegalArgumentException if the stages do not cover layers 0, 1, 2, … without gap or overlap
     */
    public Pipeline(int dim, EmbeddingStage embedding, List<LayerStage> stages, OutputStage output) {
        int next = 0;
        for (LayerStage stage : stages) {
            if (stage.firstLayer() != next) {
                throw new IllegalArgumentException("stage starts at layer " + stage.firstLayer() + ", expected " + next);
            }
            next += stage.layerCount();
        }
        this.dim = dim;
        this.embedding = embedding;
        this.stages = List.copyOf(stages);
        this.output = output;
    }

    /**
     * Opens every stage of a placement on its device.
     *
     * @throws EngineException what the backends throw; nothing stays open then
     */
    public static Pipeline open(Model model, Backends backends, Placement placement) {
        List<AutoCloseable> opened = new ArrayList<>();
        try {
            EmbeddingStage embedding = backends.of(placement.embedding()).openEmbedding(model, placement.embedding());
            opened.add(embedding);
            List<LayerStage> stages = new ArrayList<>();
            for (Placement.Run run : placement.runs()) {
                LayerStage stage = backends.of(run.device()).openLayers(model, run.device(), run.firstLayer(), run.count(), run.options());
                opened.add(stage);
                stages.add(stage);
            }
            OutputStage output = backends.of(placement.output()).openOutput(model, placement.output(), placement.outputOptions());
            opened.add(output);
            return new Pipeline(model.config().dim(), embedding, stages, output);
        } catch (RuntimeException e) {
            closeAll(opened, e);
            throw e;
        }
    }

    private static void closeAll(List<AutoCloseable> stages, RuntimeException reason) {
        for (AutoCloseable stage : stages.reversed()) {
            try {
                stage.close();
            } catch (Exception e) {
                reason.addSuppressed(e);
            }
        }
    }

    public List<LayerStage> stages() {
        return stages;
    }

    /** One cache per stage, for a new session. */
    public List<StageCache> openCaches(CacheSpec spec) {
        List<StageCache> caches = new ArrayList<>();
        try {
            for (LayerStage stage : stages) {
                caches.add(stage.openCache(spec));
            }
            return List.copyOf(caches);
        } catch (RuntimeException e) {
            caches.forEach(StageCache::close);
            throw e;
        }
    }

    /** Room for the hidden states of up to {@code tokens} rows. */
    public HiddenStates newHiddenStates(int tokens) {
        return new HiddenStates(tokens, dim);
    }

    /**
     * Runs {@code ids[from .. from + count)} through all stages; their keys and values are in the caches afterwards.
     *
     * @param caches from {@link #openCaches}
     * @param position of the first id; equal to the length of every cache
     * @param x room for {@code count} rows; holds the last layer's output afterwards
     * @throws EngineException NON_FINITE naming the layer; the caches' contents from {@code position} on are then undefined
     */
    public synchronized void forward(List<StageCache> caches, int[] ids, int from, int count, int position, HiddenStates x) {
        x.resize(count);
        embedding.forward(ids, from, x);
        requireFinite(x, "the embedding on " + embedding.device().id());
        for (int i = 0; i < stages.size(); i++) {
            LayerStage stage = stages.get(i);
            stage.forward(caches.get(i), x, position);
            requireFinite(x, describe(stage));
        }
    }

    /**
     * Logits (vocab) of one row of the last layer's output.
     *
     * @throws EngineException NON_FINITE
     */
    public synchronized void logits(HiddenStates x, int row, float[] logits) {
        output.logits(x, row, logits);
        int bad = HiddenStates.firstNonFinite(logits, logits.length);
        if (bad >= 0) {
            throw nonFinite("the logits of the output stage on " + output.device().id(), "id " + bad, logits[bad]);
        }
    }

    private static void requireFinite(HiddenStates x, String where) {
        int bad = x.firstNonFinite();
        if (bad >= 0) {
            throw nonFinite("the output of " + where, "row " + bad / x.dim() + ", column " + bad % x.dim(), x.data()[bad]);
        }
    }

    private static String describe(LayerStage stage) {
        int last = stage.firstLayer() + stage.layerCount() - 1;
        return "layers " + stage.firstLayer() + "-" + last + " on " + stage.device().id();
    }

    /** The error for a NaN or infinity, the same from every stage. */
    public static EngineException nonFinite(String where, String index, float value) {
        return new EngineException(ErrorCode.NON_FINITE, where + " is not finite at " + index)
                .expected("numbers").got(value)
                .remedy("the weights are damaged or the device computes wrongly; compare with --device cpu:scalar");
    }

    @Override
    public synchronized void close() {
        embedding.close();
        stages.forEach(LayerStage::close);
        output.close();
    }
}
