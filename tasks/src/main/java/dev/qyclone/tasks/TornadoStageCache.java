package dev.qyclone.tasks;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.StageCache;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.function.Function;

/** One session's keys and values in a stage: in a slot of the pool while it computes, on the host while it rests. */
final class TornadoStageCache implements StageCache {
    private final KvSlots slots;
    private final int context;
    private final List<AttentionPolicy> policies;
    private int slot = -1;
    private int length;
    /** The most positions there were since the start: older ones than a ring's capacity before it are overwritten. */
    private int reached;
    private Arena resting;
    private List<MemorySegment> rows = List.of();

    TornadoStageCache(KvSlots slots, int context, List<AttentionPolicy> policies) {
        this.slots = slots;
        this.context = context;
        this.policies = policies;
    }

    AttentionPolicy policy(int layer) {
        return policies.get(layer);
    }

    /** Positions it may grow to. */
    int context() {
        return context;
    }

    /** Its slot, or -1 where it rests. */
    int slot() {
        return slot;
    }

    /** Takes a free slot; what rested on the host goes there, and stays on the host if it does not arrive. */
    void enter(int free) {
        if (resting != null) {
            slots.put(free, reached, rows);
            forgetRest();
        }
        slot = free;
    }

    /** Brings the rows to the host and gives the slot up, once all of them have arrived. */
    void rest() {
        keep(arena -> slots.take(slot, reached, arena));
    }

    /** What is copied is what rests from now on; if copying fails, nothing has changed. */
    private void keep(Function<Arena, List<MemorySegment>> copy) {
        Arena arena = Arena.ofShared();
        List<MemorySegment> copied;
        try {
            copied = copy.apply(arena);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
        if (slot >= 0) {
            leave();
        }
        forgetRest();
        rows = copied;
        resting = arena;
    }

    private void leave() {
        slots.release(this, slot);
        slot = -1;
    }

    private void forgetRest() {
        if (resting != null) {
            resting.close();
            resting = null;
            rows = List.of();
        }
    }

    /** Rows were written behind the last. */
    void advance(int count) {
        length += count;
        reached = Math.max(reached, length);
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int firstHeld() {
        int first = 0;
        for (int layer = 0; layer < policies.size(); layer++) {
            first = Math.max(first, firstHeld(layer));
        }
        return first;
    }

    private int firstHeld(int layer) {
        return Math.max(0, reached - slots.pool().capacity(layer));
    }

    @Override
    public boolean canTruncate(int to) {
        if (to < 0 || to > length) {
            return false;
        }
        for (int layer = 0; layer < policies.size(); layer++) {
            if (to > 0 && policies.get(layer).firstVisible(to) < firstHeld(layer)) {
                return false;
            }
        }
        return true;
    }

    @Override
    public void truncate(int to) {
        if (!canTruncate(to)) {
            throw new IllegalArgumentException("length " + to + " outside [0, " + length + "], or rows before it were dropped: held from "
                    + firstHeld() + " on");
        }
        length = to;
        if (to == 0) {
            reached = 0;
        }
    }

    @Override
    public void copyFrom(StageCache source, int count) {
        if (!(source instanceof TornadoStageCache other) || other.slots != slots || !other.canTruncate(count) || count > context) {
            throw new IllegalArgumentException("cannot copy " + count + " positions from a cache that is not of this stage, does not hold"
                    + " them, or into a context of " + context);
        }
        synchronized (slots) {
            copyRows(other, count);
        }
    }

    private void copyRows(TornadoStageCache other, int count) {
        keep(arena -> other.slot >= 0 ? slots.take(other.slot, other.reached, arena)
                : other.rows.stream().map(part -> arena.allocate(part.byteSize(), Long.BYTES).copyFrom(part)).toList());
        length = count;
        reached = count == 0 ? 0 : other.reached;
    }

    @Override
    public long bytes() {
        long bytes = 0;
        for (int layer = 0; layer < policies.size(); layer++) {
            bytes += slots.pool().bytes(Math.min(reached, slots.pool().capacity(layer)));
        }
        return bytes;
    }

    @Override
    public void close() {
        synchronized (slots) {
            if (slot >= 0) {
                leave();
            }
            forgetRest();
        }
    }
}
