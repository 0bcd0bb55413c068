package dev.qyclone.engine.ops;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed number of threads, the caller included, that share one piece of work at a time: fork and join cost well under a
 * microsecond while the workers are awake, and allocate nothing.
 *
 * <p>Work comes in parts. Each worker begins with parts of its own, always the same ones of as many, and then takes over what others have
 * not begun: so what it reads again is in its core's caches, and threads meet at a cache line, which takes some hundred nanoseconds
 * between distant cores, only at the begin and the end. The caller waits only for parts that a worker has begun: one that
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

    // Each worker's slots of `shared`, two cache lines apart so that polling one does not slow writes to another.
    private static final int GAP = 16;
    /** Number of the round in the high half; in the low half how many of the worker's own parts nobody has taken. */
    private static final int TICKET = 0;
    /** Number of the round, and how many parts the worker has done in it. */
    private static final int DONE = GAP;
    private static final int PARKED = 2 * GAP;
    private static final int SLOTS = 3 * GAP;
    /** Floats in two cache lines: processors fetch lines in pairs. */
    private static final int APART = 32;

    private final long[] shared;
    private final Thread[] helpers;
    private final ReentrantLock turn = new ReentrantLock();
    private volatile Throwable failure;
    private volatile Thread joiner;
    private volatile boolean closed;
    private long round;

    // The announced work: written while there is no part to take, read between reading a ticket and taking its part.
    private Work work;
    private int parts;

    /** @param threads at least 1; one of them is whoever calls, the others are daemons that live until {@link #close()} */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " < 1");
        }
        shared = new long[GAP + threads * SLOTS];
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
     * Runs the parts [0, count), each once, in no order that may be relied on, and returns when all are done.
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
        announce();
        join(count - take(round, 0));
        work = null;
        Throwable thrown = failure;
        failure = null;
        if (thrown instanceof Error error) {
            throw error;
        }
        if (thrown != null) {
            throw (RuntimeException) thrown;
        }
    }

    private static int slot(int worker, int which) {
        return GAP + worker * SLOTS + which;
    }

    /** The first of a worker's own parts of {@code count}; the caller, worker 0, has some of any number. */
    private int first(int worker, int count) {
        return (int) Math.ceilDiv((long) worker * count, threads());
    }

    /** Tickets are written before the parked flags are read; {@link #await} does the reverse: no wake-up is lost. */
    private void announce() {
        round = round + 1 & 0xFFFF_FFFFL;
        for (int worker = 0; worker < threads(); worker++) {
            int own = first(worker + 1, parts) - first(worker, parts);
            SLOT.setRelease(shared, slot(worker, TICKET), round << Integer.SIZE | own);
        }
        VarHandle.fullFence();
        for (int i = 0; i < helpers.length; i++) {
            if ((long) SLOT.getVolatile(shared, slot(i + 1, PARKED)) != 0) {
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
        long[] slots = shared;
        int spins = 0;
        long next;
        while ((next = (long) SLOT.getAcquire(slots, slot(worker, TICKET)) >>> Integer.SIZE) == seen) {
            if (spins < SPINS) {
                spins++;
                Thread.onSpinWait();
                continue;
            }
            SLOT.setVolatile(slots, slot(worker, PARKED), 1L);
            if ((long) SLOT.getVolatile(slots, slot(worker, TICKET)) >>> Integer.SIZE == seen) {
                LockSupport.park(this);
            }
            SLOT.setVolatile(slots, slot(worker, PARKED), 0L);
        }
        return next;
    }

    /** Takes parts of one round until none is left, a worker's own first; returns how many. */
    private int take(long current, int worker) {
        int done = 0;
        for (int i = 0; i < threads(); i++) {
            done = takeOf((worker + i) % threads(), current, worker, done);
        }
        return done;
    }

    /**
     * Takes the parts that are left of {@code owner}'s; returns how many that makes with those {@code before}. A ticket can only be taken
     * while its round is on: what was read of the work between reading the ticket and taking it belongs to that round, or the ticket has
     * changed and the taking fails.
     */
    private int takeOf(int owner, long current, int worker, int before) {
        int done = before;
        while (true) {
            long ticket = (long) SLOT.getAcquire(shared, slot(owner, TICKET));
            Work each = work;
            int part = first(owner + 1, parts) - (int) ticket;
            if (ticket >>> Integer.SIZE != current || (int) ticket == 0) {
                return done;
            }
            if (SLOT.compareAndSet(shared, slot(owner, TICKET), ticket, ticket - 1)) {
                perform(each, part, worker);
                done++;
                SLOT.setVolatile(shared, slot(worker, DONE), current << Integer.SIZE | done);
                Thread waiting = joiner;
                if (waiting != null) {
                    LockSupport.unpark(waiting);
                }
            }
        }
    }

    private void perform(Work each, int part, int worker) {
        try {
            if (failure == null) {
                each.run(part, worker);
            }
        } catch (RuntimeException | Error e) {
            failed(e);
        }
    }

    private synchronized void failed(Throwable thrown) {
        if (failure == null) {
            failure = thrown;
        }
    }

    /** Waits until the helpers have done so many parts of this round. */
    private void join(int count) {
        for (int spins = 0; spins < SPINS; spins++) {
            if (doneByHelpers() == count) {
                return;
            }
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        joiner = Thread.currentThread();
        while (doneByHelpers() != count) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        joiner = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    private int doneByHelpers() {
        int sum = 0;
        for (int worker = 1; worker < threads(); worker++) {
            long done = (long) SLOT.getVolatile(shared, slot(worker, DONE));
            if (done >>> Integer.SIZE == round) {
                sum += (int) done;
            }
        }
        return sum;
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
                parts = 0;
                announce();
            }
        } finally {
            turn.unlock();
        }
    }
}
