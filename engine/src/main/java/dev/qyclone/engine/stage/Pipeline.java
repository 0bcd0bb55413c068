package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.IntConsumer;

/**
 * Embedding, stages in order, output: what turns token ids into logits. Between stages only hidden states travel, through the
 * host. Several sessions may share a pipeline, from as many threads: each device runs one call at a time, the embedding's look-ups apart,
 * and what runs on another device does not wait for it. A long prompt goes through the stages piece behind piece ({@link PromptFlow}).
 */
public final class Pipeline implements AutoCloseable {
    private final EmbeddingStage embedding;
    private final List<LayerStage> stages;
    private final OutputStage output;
    private final int dim;
    // What a stage's errors call it, and whose turn it is on its device: kept, so that a token makes no strings and looks nothing up.
    private final String embeddingWords;
    private final String[] words; // (stages)
    private final String outputWords;
    private final ReentrantLock[] turns; // (stages)
    private final ReentrantLock outputTurn;
    /** Calls hold it to read, closing holds it to write. */
    private final ReadWriteLock life = new ReentrantReadWriteLock();
    private final StageThreads threads;
    private boolean closed;

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
        this.threads = new StageThreads(this.stages);
        // In the order of asking, so that two sessions alternate.
        Map<Device, ReentrantLock> byDevice = new HashMap<>();
        this.turns = stages.stream().map(stage -> byDevice.computeIfAbsent(stage.device(), device -> new ReentrantLock(true)))
                .toArray(ReentrantLock[]::new);
        this.outputTurn = byDevice.computeIfAbsent(output.device(), device -> new ReentrantLock(true));
        this.embeddingWords = "the embedding on " + embedding.device().id();
        this.words = stages.stream().map(StageFailure::words).toArray(String[]::new);
        this.outputWords = "the output stage on " + output.device().id();
    }

    /**
     * Opens every stage of a placement on its device.
     *
     * @throws EngineException what the stages throw; nothing stays open then
     */
    public static Pipeline open(Model model, Backends backends, Placement placement) {
        return PlacedPipeline.open(model, backends, placement, Fallback.NONE).pipeline();
    }

    public List<LayerStage> stages() {
        return stages;
    }

    /** One cache per stage, for a new session. */
    public List<StageCache> openCaches(CacheSpec spec) {
        List<StageCache> caches = new ArrayList<>();
        life.readLock().lock();
        try {
            requireOpen();
            for (int i = 0; i < stages.size(); i++) {
                caches.add(openCache(i, spec));
            }
            return List.copyOf(caches);
        } catch (RuntimeException | Error e) {
            CloseAll.after(e, caches);
            throw e;
        } finally {
            life.readLock().unlock();
        }
    }

    private StageCache openCache(int index, CacheSpec spec) {
        turns[index].lock();
        try {
            return stages.get(index).openCache(spec);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(words[index], stages.get(index).device(), e);
        } finally {
            turns[index].unlock();
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
     * @throws EngineException NON_FINITE naming the layer, or what else a stage fails with; the caches' contents from {@code position} on
     *     are then undefined
     */
    public void forward(List<StageCache> caches, int[] ids, int from, int count, int position, HiddenStates x) {
        life.readLock().lock();
        try {
            requireOpen();
            embed(ids, from, x.resize(count));
            for (int i = 0; i < stages.size(); i++) {
                run(i, caches.get(i), x, position);
            }
        } finally {
            life.readLock().unlock();
        }
    }

    /**
     * Runs {@code ids[from .. end)}, which stand at these positions, in pieces of at most {@code batch} rows. Where the stages are on
     * several devices they work at the same time, each on another piece; the bits are those of {@link #forward} piece by piece.
     *
     * @param caches from {@link #openCaches}, each of length {@code from}
     * @param x room for the largest piece; holds the last layer's output of the last one afterwards
     * @param computed told on this thread, in order, how many leading ids have left the last stage; what it throws ends the run
     * @throws EngineException as {@link #forward}; some caches may then hold more rows than others
     */
    public void forwardAll(
            List<StageCache> caches, int[] ids, int from, int end, int batch, HiddenStates x, IntConsumer computed) {
        life.readLock().lock();
        try {
            requireOpen();
            if (end - from > batch && threads.useful()) {
                new PromptFlow(this, threads, caches, ids, from, end, batch, computed).run(x);
                return;
            }
            for (int position = from; position < end; position += batch) {
                int count = Math.min(batch, end - position);
                forward(caches, ids, position, count, position, x);
                computed.accept(position + count);
            }
        } finally {
            life.readLock().unlock();
        }
    }

    /**
     * Fills the rows of {@code x} with the embeddings of ids from {@code from} on. That waits for no turn: the embedding's device may be
     * that of a later stage, and the first one would stand idle until that one is through.
     */
    void embed(int[] ids, int from, HiddenStates x) {
        try {
            embedding.forward(ids, from, x);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(embeddingWords, embedding.device(), e);
        }
        requireFinite(x, embeddingWords);
    }

    /** One stage, when its device is free. */
    void run(int index, StageCache cache, HiddenStates x, int position) {
        LayerStage stage = stages.get(index);
        turns[index].lock();
        try {
            stage.forward(cache, x, position);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(words[index], stage.device(), e);
        } finally {
            turns[index].unlock();
        }
        requireFinite(x, words[index]);
    }

    /**
     * Logits (vocab) of one row of the last layer's output.
     *
     * @throws EngineException NON_FINITE
     */
    public void logits(HiddenStates x, int row, float[] logits) {
        enterOutput();
        try {
            output.logits(x, row, logits);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(outputWords, output.device(), e);
        } finally {
            leaveOutput();
        }
        int bad = HiddenStates.firstNonFinite(logits, logits.length);
        if (bad >= 0) {
            throw nonFinite("the logits of " + outputWords, "id " + bad, logits[bad]);
        }
    }

    /**
     * Index of the largest logit of one row of the last layer's output, the lowest one on a tie.
     *
     * @throws EngineException NON_FINITE
     */
    public int argmax(HiddenStates x, int row) {
        enterOutput();
        try {
            return output.argmax(x, row);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(outputWords, output.device(), e);
        } finally {
            leaveOutput();
        }
    }

    private void enterOutput() {
        life.readLock().lock();
        if (closed) {
            life.readLock().unlock();
        }
        requireOpen();
        // Before sessions that wait for the last stage: their turn would take long, and the other stages have nothing to do meanwhile.
        if (!outputTurn.tryLock()) {
            outputTurn.lock();
        }
    }

    private void leaveOutput() {
        outputTurn.unlock();
        life.readLock().unlock();
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the pipeline is closed");
        }
    }

    private static void requireFinite(HiddenStates x, String where) {
        int bad = x.firstNonFinite();
        if (bad >= 0) {
            throw nonFinite("the output of " + where, "row " + bad / x.dim() + ", column " + bad % x.dim(), x.data()[bad]);
        }
    }

    /** The error for a NaN or infinity, the same from every stage. */
    public static EngineException nonFinite(String where, String index, float value) {
        return new EngineException(ErrorCode.NON_FINITE, where + " is not finite at " + index)
                .expected("numbers").got(value)
                .remedy("the weights are damaged or the device computes wrongly; compare with --device cpu:scalar");
    }

    /** Waits for calls in progress. */
    @Override
    public void close() {
        life.writeLock().lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            List<AutoCloseable> all = new ArrayList<>(List.of(threads, embedding));
            all.addAll(stages);
            all.add(output);
            CloseAll.of(all);
        } finally {
            life.writeLock().unlock();
        }
    }
}
