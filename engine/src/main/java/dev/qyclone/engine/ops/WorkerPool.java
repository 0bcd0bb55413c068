package dev.qyclone.engine.ops;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed number of threads, the caller included, that share one piece of work at a time: fork and join cost well under a
 * microsecond while the workers are awake, and allocate nothing.
 *
 * <p>Work comes in parts, and whoever is free takes the next. The caller waits only for parts that a worker has begun: one that
 * the operating system holds up delays nobody. Workers spin for a while and then park: a worker that spins for ever takes a core
 * from the JIT compiler's threads, and the vector kernels then stay in slow code. Callers on different threads take turns; where there
 * is nothing to share because the pool has one thread only, each computes for itself at the same time.
 */
public final class WorkerPool implements AutoCloseable {
    /**
     * Work in numbered parts. Part numbers say what to do; worker numbers, below {@link #threads()}, say whose scratch of the caller's
     * to use.
     */
    @FunctionalInterface
    public interface Work {
        void run(int part, int worker);
    }

    /**
     * Operations below which a piece of work stays with its caller. Awake workers would save some microseconds of it; but while code
     * is cold they take the cores that the JIT compiler needs, and a small model is cold for most of a short answer.
     */
    static final long SMALL = 1 << 16;
    /** Polls before a waiting thread parks, some hundred microseconds. */
    private static final int SPINS = 20_000;
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(long[].class);

    // Slots of `shared`, two cache lines apart so that polling one does not slow writes to another.
    private static final int GAP = 16;
    /** Number of the round in the high half, the next part to take in the low half. */
    private static final int TICKET = GAP;
    private static final int DONE = 2 * GAP;
    private static final int PARKED = 3 * GAP;
    /** Floats in two cache lines: processors fetch lines in pairs. */
    private static final int APART = 32;
    /** A next part that no round has: the round is over. */
    private static final int NONE = Integer.MAX_VALUE;

    private final long[] shared;
    private final Thread[] helpers;
    private final ReentrantLock turn = new ReentrantLock();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Thread joiner;
    private volatile boolean closed;

    // The announced work: written while the ticket says NONE, read between reading a ticket and taking its part.
    private Work work;
    private int parts;

    /** @param threads at least 1; one of them is whoever calls, the others are daemons that live until {@link #close()} */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " < 1");
        }
        shared = new long[PARKED + (threads + 1) * GAP];
        SLOT.setVolatile(shared, TICKET, (long) NONE);
        helpers = new Thread[threads - 1];
        for (int i = 0; i < helpers.length; i++) {
            int worker = i + 1;
            helpers[i] = new Thread(() -> serve(worker), "qyclone-worker-" + worker);
            helpers[i].setDaemon(true);
            helpers[i].start();
        }
    }

    /** How many threads share the work, the caller included. */
    public int threads() {
        return helpers.length + 1;
    }

    /**
     * Runs the parts [0, count), each once, on whichever thread is free next, and returns when all are done.
     *
     * @throws RuntimeException the first exception that a part threw; parts that had not begun are then left out
     */
    public void run(int count, Work each) {
        if (helpers.length == 0) {
            requireOpen();
            alone(each, count);
            return;
        }
        requireOutside("start work on the same pool");
        turn.lock();
        try {
            requireOpen();
            if (count <= 1) {
                alone(each, count);
                return;
            }
            share(count, each);
        } finally {
            turn.unlock();
        }
    }

    /** As {@link #run(int, Work)}; the caller runs all parts itself where they come to fewer than {@link #SMALL} operations. */
    void run(int count, Work each, long operations) {
        if (operations < SMALL) {
            alone(each, count);
        } else {
            run(count, each);
        }
    }

    private void requireOpen() {
        if (closed) {
            throw new IllegalStateException("the pool is closed");
        }
    }

    private static void alone(Work each, int count) {
        for (int part = 0; part < count; part++) {
            each.run(part, 0);
        }
    }

    /** Start of part {@code part} when {@code count} items go in {@code parts} ranges whose borders are multiples of {@code grain}. */
    public static int split(int count, int grain, int part, int parts) {
        long grains = Math.ceilDiv((long) count, grain);
        return (int) Math.min(count, grains * part / parts * grain);
    }

    /**
     * Scratch for one worker: {@code floats} elements, and behind them what keeps the next object in the heap, most likely another
     * worker's scratch, out of the cache lines that this worker writes: a line that two threads write to goes to and fro between them.
     */
    static float[] scratch(int floats) {
        return new float[floats + APART];
    }

    /** Whether {@link #scratch} has that many elements. */
    static boolean holds(float[] scratch, int floats) {
        return scratch.length >= floats + APART;
    }

    /** Scratch of so many elements for each worker. */
    float[][] scratches(int floats) {
        float[][] each = new float[threads()][];
        Arrays.setAll(each, worker -> scratch(floats));
        return each;
    }

    private void share(int count, Work each) {
        work = each;
        parts = count;
        SLOT.setOpaque(shared, DONE, 0L);
        long round = ((long) SLOT.getOpaque(shared, TICKET) >>> Integer.SIZE) + 1 & 0xFFFF_FFFFL;
        announce(round << Integer.SIZE);
        take(round, 0);
        join(count);
        SLOT.setVolatile(shared, TICKET, round << Integer.SIZE | NONE);
        work = null;
        Throwable thrown = failure.getAndSet(null);
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    /** The ticket is written before the parked flags are read; {@link #await} does the reverse: no wake-up is lost. */
    private void announce(long ticket) {
        SLOT.setVolatile(shared, TICKET, ticket);
        for (int i = 0; i < helpers.length; i++) {
            if ((long) SLOT.getVolatile(shared, PARKED + (i + 1) * GAP) != 0) {
                LockSupport.unpark(helpers[i]);
            }
        }
    }

    private void serve(int worker) {
        long seen = 0;
        while (true) {
            seen = await(worker, seen);
            if (closed) {
                return;
            }
            take(seen, worker);
        }
    }

    private long await(int worker, long seen) {
        int spins = 0;
        long round;
        while ((round = (long) SLOT.getAcquire(shared, TICKET) >>> Integer.SIZE) == seen) {
            if (spins < SPINS) {
                spins++;
                Thread.onSpinWait();
                continue;
            }
            SLOT.setVolatile(shared, PARKED + worker * GAP, 1L);
            if ((long) SLOT.getVolatile(shared, TICKET) >>> Integer.SIZE == seen) {
                LockSupport.park(this);
            }
            SLOT.setVolatile(shared, PARKED + worker * GAP, 0L);
        }
        return round;
    }

    /**
     * Takes parts of one round until none is left. A ticket can only be taken while its round is on: what was read of the work
     * between reading the ticket and taking it belongs to that round, or the ticket has changed and the taking fails.
     */
    private void take(long round, int worker) {
        while (true) {
            long ticket = (long) SLOT.getAcquire(shared, TICKET);
            Work each = work;
            int count = parts;
            int part = (int) ticket;
            if (ticket >>> Integer.SIZE != round || part >= count) {
                return;
            }
            if (SLOT.compareAndSet(shared, TICKET, ticket, ticket + 1)) {
                perform(each, part, worker);
                if ((long) SLOT.getAndAdd(shared, DONE, 1L) == count - 1) {
                    LockSupport.unpark(joiner);
                }
            }
        }
    }

    private void perform(Work each, int part, int worker) {
        try {
            if (failure.get() == null) {
                each.run(part, worker);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
        }
    }

    private void join(int count) {
        for (int spins = 0; spins < SPINS; spins++) {
            if ((long) SLOT.getAcquire(shared, DONE) == count) {
                return;
            }
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        joiner = Thread.currentThread();
        while ((long) SLOT.getVolatile(shared, DONE) != count) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        joiner = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private void requireOutside(String what) {
        Thread current = Thread.currentThread();
        boolean inside = turn.isHeldByCurrentThread();
        for (Thread helper : helpers) {
            inside |= helper == current;
        }
        if (inside) {
            throw new IllegalStateException("a part of a pool's work must not " + what);
        }
    }

    /** Ends the threads; waits for work in progress. Further work is refused. */
    @Override
    public void close() {
        requireOutside("close the pool");
        turn.lock();
        try {
            if (!closed) {
                closed = true;
                long round = ((long) SLOT.getOpaque(shared, TICKET) >>> Integer.SIZE) + 1 & 0xFFFF_FFFFL;
                announce(round << Integer.SIZE | NONE);
            }
        } finally {
            turn.unlock();
        }
    }
}
