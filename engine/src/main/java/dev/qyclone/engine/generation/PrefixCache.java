package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CloseAll;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Keys and values of prompts, kept for sessions that begin with the same ids: those copy the common rows and compute the rest.
 * Rows are reused only within one engine, for the same type of keys and values and the same attention policies; policies are
 * compared by identity, so that a prompt whose length leads to another rotary base takes nothing over. The least recently used
 * prompt goes where memory ends. Safe for many sessions; to be closed before the engine.
 */
public final class PrefixCache implements AutoCloseable {
    private final long maxBytes;
    /** The most recently used last. */
    private final List<Kept> prompts = new ArrayList<>();
    private boolean closed;

    /** What keys and values depend on, but for the ids. */
    record Origin(Pipeline pipeline, List<AttentionPolicy> policies) {
    }

    private record Kept(Origin origin, int[] ids, List<StageCache> caches) implements AutoCloseable {
        int inCommon(int[] others) {
            int different = Arrays.mismatch(ids, others);
            return different < 0 ? ids.length : different;
        }

        /** Why {@code count} leading rows cannot serve a session of {@code wanted}; empty if they can. */
        String refusal(Origin wanted, int count) {
            if (origin.policies() != wanted.policies()) {
                return "it was computed with other attention constants, which the length of the prompt decides";
            }
            if (!holdsRowsFor(caches, count)) {
                int held = caches.stream().mapToInt(StageCache::firstHeld).max().orElse(0);
                return "a layer with a window holds its rows from position " + held + " on only";
            }
            return "";
        }

        long bytes() {
            return bytesOf(caches);
        }

        @Override
        public void close() {
            CloseAll.of(caches);
        }
    }

    /** @param maxBytes memory that kept prompts may take together; 0 keeps none */
    public PrefixCache(long maxBytes) {
        if (maxBytes < 0) {
            throw new IllegalArgumentException("maxBytes " + maxBytes + " < 0");
        }
        this.maxBytes = maxBytes;
    }

    /** Memory of the kept keys and values. */
    public synchronized long bytes() {
        return prompts.stream().mapToLong(Kept::bytes).sum();
    }

    /** How many prompts are kept. */
    public synchronized int size() {
        return prompts.size();
    }

    /**
     * Copies what is kept of the beginning of {@code prompt} into a new session's empty caches, all but the last id at most: its
     * logits have to be computed.
     */
    synchronized PrefixReuse restore(Origin origin, int[] prompt, List<StageCache> targets) {
        Kept best = null;
        int most = 0;
        int refused = 0;
        String refusal = "";
        for (Kept kept : prompts) {
            int common = Math.min(kept.inCommon(prompt), prompt.length - 1);
            if (kept.origin().pipeline() != origin.pipeline() || common == 0) {
                continue;
            }
            String reason = kept.refusal(origin, common);
            if (reason.isEmpty() && common > most) {
                best = kept;
                most = common;
            } else if (!reason.isEmpty() && common > refused) {
                refused = common;
                refusal = "a kept prompt begins with the same " + common + " ids, but " + reason;
            }
        }
        if (best != null) {
            for (int i = 0; i < targets.size(); i++) {
                targets.get(i).copyFrom(best.caches().get(i), most);
            }
            touch(best);
        }
        return new PrefixReuse(most, refused > most ? refusal : "");
    }

    /** Keeps a copy of a session's rows, where memory allows it and none kept before serves as well. */
    synchronized void keep(Origin origin, int[] ids, List<StageCache> sources) {
        long needed = bytesOf(sources);
        if (closed || needed > maxBytes) {
            return;
        }
        for (Kept kept : List.copyOf(prompts)) {
            boolean same = kept.origin().pipeline() == origin.pipeline() && kept.refusal(origin, kept.ids().length).isEmpty();
            int common = kept.inCommon(ids);
            if (same && common == ids.length && holdsRowsFor(kept.caches(), common)) {
                touch(kept);
                return;
            }
            if (same && common == kept.ids().length && holdsRowsFor(sources, common)) {
                drop(kept);
            }
        }
        while (bytes() + needed > maxBytes) {
            drop(prompts.getFirst());
        }
        add(origin, ids, sources);
    }

    private void add(Origin origin, int[] ids, List<StageCache> sources) {
        List<StageCache> copies = List.of();
        try {
            copies = origin.pipeline().openCaches(new CacheSpec(ids.length, origin.policies()));
            for (int i = 0; i < copies.size(); i++) {
                copies.get(i).copyFrom(sources.get(i), ids.length);
            }
        } catch (RuntimeException | Error e) {
            CloseAll.after(e, copies);
            // The session has what it asked for: that nothing is left to keep a copy is no failure of its own.
            if (e instanceof EngineException known && known.code() == ErrorCode.OUT_OF_MEMORY) {
                return;
            }
            throw e;
        }
        prompts.add(new Kept(origin, ids.clone(), copies));
    }

    private void touch(Kept kept) {
        removeThis(kept);
        prompts.add(kept);
    }

    private void drop(Kept kept) {
        removeThis(kept);
        kept.close();
    }

    private void removeThis(Kept kept) {
        prompts.removeIf(one -> one == kept);
    }

    private static boolean holdsRowsFor(List<StageCache> caches, int position) {
        return caches.stream().allMatch(cache -> cache.canTruncate(position));
    }

    private static long bytesOf(List<StageCache> caches) {
        return caches.stream().mapToLong(StageCache::bytes).sum();
    }

    /** Gives all memory back; sessions that still use it keep nothing and find nothing then. */
    @Override
    public synchronized void close() {
        closed = true;
        List<Kept> all = List.copyOf(prompts);
        prompts.clear();
        CloseAll.of(all);
    }
}
