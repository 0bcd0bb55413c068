package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CloseAll;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageCache;
import java.util.Arrays;
import java.util.List;

/**
 * One conversation: the ids it has seen, their keys and values in every stage, and how far it may grow. For one thread at a
 * time; several sessions may share an engine.
 *
 * <p>Layers with a window drop the rows that no coming query sees. Going back to where such rows are missed is still possible:
 * the session then computes from its first id again, and never reads what was dropped.
 *
 * <p>A single id, appended to what was computed, leaves no garbage on the host: what it needs belongs to the session and its stages.
 * Every {@link dev.qyclone.engine.ops.KvCache#PAGE} ids a page of keys and values is taken in each layer.
 */
public final class Session implements AutoCloseable, LogitsSource {
    private final ModelConfig config;
    private final Pipeline pipeline;
    private final SessionOptions options;
    private final AttentionPolicies policies;
    private final PrefixCache prefixes;
    private List<StageCache> caches = List.of();
    private List<AttentionPolicy> chosen = List.of();
    private final float[] logits; // (vocab)
    private final int[] one = new int[1];
    private HiddenStates hidden; // (up to batch, dim)
    private int[] ids = new int[64];
    private int length;
    /** Leading ids whose rows are in the caches: {@link #length}, or 0 after going back to where rows were dropped. */
    private int computed;
    private boolean logitsValid;
    private PrefixReuse reuse = PrefixReuse.NOTHING;

    /** Told how far a long prefill is. */
    @FunctionalInterface
    public interface Progress {
        /** Tells nobody. */
        Progress NONE = (done, total) -> { };

        /** {@code done} of {@code total} ids are computed. */
        void advanced(int done, int total);
    }

    /** What is wanted of the last row. */
    private enum Output {
        LOGITS, LARGEST
    }

    Session(ModelConfig config, Pipeline pipeline, AttentionPolicies policies, SessionOptions options, PrefixCache prefixes) {
        this.config = config;
        this.pipeline = pipeline;
        this.policies = policies;
        this.options = options;
        this.prefixes = prefixes;
        this.logits = new float[config.vocab()];
        this.hidden = pipeline.newHiddenStates(1);
    }

    /** Positions it may grow to. */
    @Override
    public int context() {
        return options.context();
    }

    /** Ids it has seen. */
    public int length() {
        return length;
    }

    /** A copy of those ids. */
    public int[] ids() {
        return Arrays.copyOf(ids, length);
    }

    /** Memory of its keys and values now. */
    public long cacheBytes() {
        return caches.stream().mapToLong(StageCache::bytes).sum();
    }

    /**
     * Appends ids and returns the logits (vocab) after the last. The array is the session's and is overwritten by the next call.
     *
     * @throws EngineException CONTEXT_FULL before anything is computed, if they do not fit; BAD_REQUEST for an empty list or an id
     *     outside the vocabulary; NON_FINITE as the stages say: the session then holds the ids that it held before
     */
    public float[] append(int[] more, Progress progress) {
        extend(more, progress, Output.LOGITS);
        return logits;
    }

    /**
     * Appends one id and returns the logits (vocab) after it, as {@link #append(int[], Progress)} does.
     *
     * @throws EngineException as there
     */
    @Override
    public float[] append(int id) {
        one[0] = id;
        return append(one, Progress.NONE);
    }

    /**
     * Appends an id and returns the index of the largest logit after it, the lowest one on a tie. The logits themselves stay where
     * they were computed.
     *
     * @throws EngineException as {@link #append(int[], Progress)}
     */
    @Override
    public int appendForLargest(int id) {
        one[0] = id;
        return extend(one, Progress.NONE, Output.LARGEST);
    }

    /**
     * @param output what is wanted of the last row of {@link #hidden}; if it fails, the ids are not taken
     * @return the index of the largest logit, if that is wanted
     */
    private int extend(int[] more, Progress progress, Output output) {
        requireSound(more);
        if (more.length > options.context() - length) {
            throw new EngineException(ErrorCode.CONTEXT_FULL, "the session's context is full")
                    .expected("at most " + (options.context() - length) + " more of " + options.context() + " positions")
                    .got(more.length).remedy("start with a larger --ctx, or with less text");
        }
        boolean begins = length == 0;
        openCaches(begins ? policies.forPrompt(more.length) : chosen);
        if (ids.length < length + more.length) {
            ids = Arrays.copyOf(ids, Math.max(length + more.length, 2 * ids.length));
        }
        System.arraycopy(more, 0, ids, length, more.length);
        logitsValid = false;
        int largest;
        try {
            if (begins) {
                reuse = prefixes.restore(origin(), more, caches);
                computed = reuse.tokens();
            }
            compute(length + more.length, progress);
            largest = finish(output);
        } catch (RuntimeException | Error e) {
            forgetAfter(e);
            throw e;
        }
        length += more.length;
        if (begins) {
            keepPrefix();
        }
        return largest;
    }

    private int finish(Output output) {
        int last = hidden.tokens() - 1;
        return switch (output) {
            case LARGEST -> pipeline.argmax(hidden, last);
            case LOGITS -> {
                pipeline.logits(hidden, last, logits);
                logitsValid = true;
                yield -1;
            }
        };
    }

    /** What the session took over from kept prefixes when it began. */
    public PrefixReuse prefixReuse() {
        return reuse;
    }

    /**
     * Offers what the session holds to the sessions that begin alike, if it was opened with a {@link PrefixCache}. The prompt that
     * begins it is offered by itself; after an answer this adds the answer.
     */
    public void keepPrefix() {
        if (computed == length && length > 0) {
            prefixes.keep(origin(), ids(), caches);
        }
    }

    private PrefixCache.Origin origin() {
        return new PrefixCache.Origin(pipeline, chosen);
    }

    /** What a session's attention depends on is fixed by the prompt that begins it, and holds until it begins anew. */
    private void openCaches(List<AttentionPolicy> wanted) {
        if (wanted != chosen) {
            closeCaches();
            chosen = wanted;
        }
        if (caches.isEmpty()) {
            caches = pipeline.openCaches(new CacheSpec(options.context(), wanted));
        }
    }

    /** Where a stage failed its rows are lost, and so are those of all stages where the failure leaves them no common length. */
    private void forgetAfter(Throwable failure) {
        try {
            if (length == 0) {
                closeCaches(); // what the prompt took is free for others
            } else {
                forgetRowsFrom(Math.min(computed, length));
            }
        } catch (RuntimeException e) {
            failure.addSuppressed(e);
            List<StageCache> lost = caches;
            caches = List.of();
            computed = 0;
            CloseAll.after(failure, lost);
        }
    }

    private void closeCaches() {
        List<StageCache> old = caches;
        caches = List.of();
        computed = 0;
        CloseAll.of(old);
    }

    /** Brings the caches from {@link #computed} to {@code end} ids. */
    private void compute(int end, Progress progress) {
        int start = computed;
        int largest = Math.min(options.batch(), end - start);
        if (hidden.capacity() < largest) {
            hidden = pipeline.newHiddenStates(largest);
        }
        if (end - start == 1) {
            pipeline.forward(caches, ids, start, 1, start, hidden);
            computed = end;
            progress.advanced(1, 1);
            return;
        }
        pipeline.forwardAll(caches, ids, start, end, options.batch(), hidden, through -> {
            computed = through;
            progress.advanced(through - start, end - start);
        });
    }

    /**
     * Makes the session hold exactly {@code whole}: what it has of it already is kept, the rest is computed. At least the last id
     * is computed where its logits are not at hand; all is, where a layer with a window has dropped rows that the rest must see.
     *
     * @return how many leading ids were kept, or taken over from kept prefixes; the logits are those of {@link #logits()}
     * @throws EngineException as {@link #append(int[], Progress)}; if {@code whole} can never fit, nothing is forgotten
     */
    @Override
    public int continueWith(int[] whole, Progress progress) {
        requireSound(whole);
        if (whole.length > options.context()) {
            throw new EngineException(ErrorCode.CONTEXT_FULL, "the text does not fit into the context")
                    .expected("at most " + options.context() + " tokens").got(whole.length)
                    .remedy("start with a larger --ctx, or with less text");
        }
        int common = 0;
        while (common < Math.min(length, whole.length) && ids[common] == whole[common]) {
            common++;
        }
        if (common == whole.length && common == length && logitsValid) {
            return common;
        }
        int wanted = Math.min(common, whole.length - 1);
        int kept = holdsRowsFor(wanted) ? wanted : 0;
        truncate(kept);
        append(Arrays.copyOfRange(whole, kept, whole.length), progress);
        return kept == 0 ? reuse.tokens() : kept;
    }

    /**
     * Logits (vocab) after the last id.
     *
     * @throws IllegalStateException if nothing was computed since the session was opened, truncated or failed
     */
    @Override
    public float[] logits() {
        if (!logitsValid) {
            throw new IllegalStateException("no logits: append ids first");
        }
        return logits;
    }

    /**
     * Forgets everything from position {@code position} on. Where a layer with a window has dropped rows that the next id must
     * see, the next call computes all ids again.
     */
    public void truncate(int position) {
        if (position < 0 || position > length) {
            throw new IllegalArgumentException("position " + position + " outside [0, " + length + "]");
        }
        logitsValid &= position == length;
        forgetRowsFrom(Math.min(computed, position));
        length = position;
    }

    /** Forgets everything and gives the memory back, also after a device has failed; the next ids begin a new conversation. */
    public void reset() {
        length = 0;
        logitsValid = false;
        reuse = PrefixReuse.NOTHING;
        closeCaches();
    }

    private boolean holdsRowsFor(int position) {
        return position <= computed && caches.stream().allMatch(cache -> cache.canTruncate(position));
    }

    private void forgetRowsFrom(int position) {
        computed = holdsRowsFor(position) ? position : 0;
        caches.forEach(cache -> cache.truncate(computed));
    }

    private void requireSound(int[] more) {
        if (more.length == 0) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "there is nothing to compute").expected("at least one token").got("none");
        }
        for (int i = 0; i < more.length; i++) {
            if (more[i] < 0 || more[i] >= config.vocab()) {
                throw new EngineException(ErrorCode.BAD_REQUEST, "token id at index " + i + " is outside the vocabulary")
                        .expected("0 to " + (config.vocab() - 1)).got(more[i]);
            }
        }
    }

    @Override
    public void close() {
        CloseAll.of(caches);
    }
}
