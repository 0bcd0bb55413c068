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
    private final Map<Device, ReentrantLock> turns = new HashMap<>();
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
        stages.forEach(stage -> turns.putIfAbsent(stage.device(), new ReentrantLock(true)));
        turns.putIfAbsent(output.device(), new ReentrantLock(true));
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
            for (LayerStage stage : stages) {
                caches.add(onDevice(StageFailure.words(stage), stage.device(), () -> stage.openCache(spec)));
            }
            return List.copyOf(caches);
        } catch (RuntimeException | Error e) {
            CloseAll.after(e, caches);
            throw e;
        } finally {
            life.readLock().unlock();
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
        String where = "the embedding on " + embedding.device().id();
        try {
            embedding.forward(ids, from, x);
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(where, embedding.device(), e);
        }
        requireFinite(x, where);
    }

    /** One stage, when its device is free. */
    void run(int index, StageCache cache, HiddenStates x, int position) {
        LayerStage stage = stages.get(index);
        String where = StageFailure.words(stage);
        onDevice(where, stage.device(), () -> {
            stage.forward(cache, x, position);
            return x;
        });
        requireFinite(x, where);
    }

    /**
     * Logits (vocab) of one row of the last layer's output.
     *
     * @throws EngineException NON_FINITE
     */
    public void logits(HiddenStates x, int row, float[] logits) {
        onOutput(() -> {
            output.logits(x, row, logits);
            return x;
        });
        int bad = HiddenStates.firstNonFinite(logits, logits.length);
        if (bad >= 0) {
            throw nonFinite("the logits of " + outputWords(), "id " + bad, logits[bad]);
        }
    }

    /**
     * Index of the largest logit of one row of the last layer's output, the lowest one on a tie.
     *
     * @throws EngineException NON_FINITE
     */
    public int argmax(HiddenStates x, int row) {
        return onOutput(() -> output.argmax(x, row));
    }

    private String outputWords() {
        return "the output stage on " + output.device().id();
    }

    private <T> T onOutput(Call<T> call) {
        life.readLock().lock();
        try {
            requireOpen();
            ReentrantLock turn = turns.get(output.device());
            // Before sessions that wait for the last stage: their turn would take long, and the other stages have nothing to do meanwhile.
            boolean ahead = turn.tryLock();
            try {
                return onDevice(outputWords(), output.device(), call);
            } finally {
                if (ahead) {
                    turn.unlock();
                }
            }
        } finally {
            life.readLock().unlock();
        }
    }

    /** What runs on a device. */
    @FunctionalInterface
    private interface Call<T> {
        T run();
    }

    private <T> T onDevice(String where, Device device, Call<T> call) {
        ReentrantLock turn = turns.get(device);
        turn.lock();
        try {
            return call.run();
        } catch (RuntimeException | Error e) {
            throw StageFailure.of(where, device, e);
        } finally {
            turn.unlock();
        }
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
