package dev.qyclone.engine.ops;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A fixed number of threads, the caller included, that share one piece of work at a time: fork and join cost well under a
 * microsecond while the workers are awake, and allocate nothing.
 *
 * <p>Work is announced by one sequence number. Workers spin on it for a while and then park: a worker that spins for ever
 * takes a core from the JIT compiler's threads, and the vector kernels then stay in slow code. Callers on different threads
 * take turns.
 */
public final class WorkerPool implements AutoCloseable {
    /** Work in numbered parts. Part numbers say what to do; worker numbers, below {@link #threads()}, say whose scratch to use. */
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
    private static final VarHandle SLOT = MethodHandles.arrayElementVarHandle(int[].class);

    // Slots of `shared`, two cache lines apart so that polling one does not slow writes to another.
    private static final int GAP = 32;
    private static final int SEQUENCE = GAP;
    private static final int NEXT = 2 * GAP;
    private static final int RUNNING = 3 * GAP;
    private static final int PARKED = 4 * GAP;

    private final int[] shared;
    private final Thread[] helpers;
    private final ReentrantLock turn = new ReentrantLock();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private volatile Thread joiner;
    private volatile boolean closed;

    // The announced work: written before the sequence number, read after it.
    private Work work;
    private int parts;
    private boolean taken;

    /** @param threads at least 1; one of them is whoever calls, the others are daemons that live until {@link #close()} */
    public WorkerPool(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " < 1");
        }
        shared = new int[PARKED + (threads + 1) * GAP];
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
     * Runs part w on worker w for every w below {@link #threads()}, and returns when all are done. For work that splits evenly.
     *
     * @throws RuntimeException the first exception that a part threw, after all threads have stopped
     */
    public void each(Work each) {
        start(each, threads(), false);
    }

    /** As {@link #each(Work)}; the caller runs all parts itself where they come to fewer than {@link #SMALL} operations. */
    void each(Work each, long operations) {
        if (operations < SMALL) {
            alone(each, threads());
        } else {
            each(each);
        }
    }

    /**
     * Runs the parts [0, count), each once, on whichever thread is free next, and returns when all are done. For parts of
     * unequal cost, or many of them on cores of unequal speed.
     *
     * @throws RuntimeException the first exception that a part threw; parts that had not begun are then left out
     */
    public void tiles(int count, Work each) {
        start(each, count, true);
    }

    /** As {@link #tiles(int, Work)}; the caller runs all parts itself where they come to fewer than {@link #SMALL} operations. */
    void tiles(int count, Work each, long operations) {
        if (operations < SMALL) {
            alone(each, count);
        } else {
            tiles(count, each);
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

    private void start(Work each, int count, boolean anyOrder) {
        if (turn.isHeldByCurrentThread() || isHelper()) {
            throw new IllegalStateException("a part of a pool's work must not start work on the same pool");
        }
        turn.lock();
        try {
            if (closed) {
                throw new IllegalStateException("the pool is closed");
            }
            if (helpers.length == 0 || count <= 1) {
                alone(each, count);
                return;
            }
            work = each;
            parts = count;
            taken = anyOrder;
            SLOT.setOpaque(shared, NEXT, 0);
            SLOT.setOpaque(shared, RUNNING, helpers.length);
            announce();
            share(0);
            join();
            work = null;
            Throwable thrown = failure.getAndSet(null);
            if (thrown instanceof Error error) {
                throw error;
            }
            if (thrown != null) {
                throw (RuntimeException) thrown;
            }
        } finally {
            turn.unlock();
        }
    }

    private boolean isHelper() {
        Thread current = Thread.currentThread();
        for (Thread helper : helpers) {
            if (helper == current) {
                return true;
            }
        }
        return false;
    }

    /** The sequence number is written before the parked flags are read; {@link #await} does the reverse: no wake-up is lost. */
    private void announce() {
        SLOT.setVolatile(shared, SEQUENCE, (int) SLOT.getOpaque(shared, SEQUENCE) + 1);
        for (int i = 0; i < helpers.length; i++) {
            if ((int) SLOT.getVolatile(shared, PARKED + (i + 1) * GAP) != 0) {
                LockSupport.unpark(helpers[i]);
            }
        }
    }

    private void serve(int worker) {
        int seen = 0;
        while (true) {
            seen = await(worker, seen);
            if (closed) {
                return;
            }
            share(worker);
            if ((int) SLOT.getAndAdd(shared, RUNNING, -1) == 1) {
                Thread waiting = joiner;
                if (waiting != null) {
                    LockSupport.unpark(waiting);
                }
            }
        }
    }

    private int await(int worker, int seen) {
        int spins = 0;
        int sequence;
        while ((sequence = (int) SLOT.getAcquire(shared, SEQUENCE)) == seen) {
            if (spins < SPINS) {
                spins++;
                Thread.onSpinWait();
                continue;
            }
            SLOT.setVolatile(shared, PARKED + worker * GAP, 1);
            if ((int) SLOT.getVolatile(shared, SEQUENCE) == seen) {
                LockSupport.park(this);
            }
            SLOT.setVolatile(shared, PARKED + worker * GAP, 0);
        }
        return sequence;
    }

    private void share(int worker) {
        try {
            if (!taken) {
                work.run(worker, worker);
                return;
            }
            int part;
            while ((part = (int) SLOT.getAndAdd(shared, NEXT, 1)) < parts) {
                work.run(part, worker);
            }
        } catch (RuntimeException | Error e) {
            failure.compareAndSet(null, e);
            SLOT.setVolatile(shared, NEXT, parts);
        }
    }

    private void join() {
        for (int spins = 0; spins < SPINS; spins++) {
            if ((int) SLOT.getAcquire(shared, RUNNING) == 0) {
                return;
            }
            Thread.onSpinWait();
        }
        boolean interrupted = false;
        joiner = Thread.currentThread();
        while ((int) SLOT.getVolatile(shared, RUNNING) != 0) {
            LockSupport.park(this);
            interrupted |= Thread.interrupted();
        }
        joiner = null;
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends the threads; waits for work in progress. Further work is refused. */
    @Override
    public void close() {
        if (turn.isHeldByCurrentThread() || isHelper()) {
            throw new IllegalStateException("a part of a pool's work must not close the pool");
        }
        turn.lock();
        try {
            if (!closed) {
                closed = true;
                announce();
            }
        } finally {
            turn.unlock();
        }
    }
}
