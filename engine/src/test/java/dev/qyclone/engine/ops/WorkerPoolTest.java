package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WorkerPoolTest {
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void everyTileRunsOnce(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int count : new int[] {0, 1, 2, threads, 100, 1000}) {
                AtomicIntegerArray runs = new AtomicIntegerArray(count);
                pool.run(count, (part, worker) -> {
                    assertTrue(worker >= 0 && worker < threads);
                    runs.incrementAndGet(part);
                });
                for (int i = 0; i < count; i++) {
                    assertEquals(1, runs.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7})
    void noTwoThreadsAreTheSameWorker(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            AtomicIntegerArray busy = new AtomicIntegerArray(threads);
            for (int round = 0; round < 200; round++) {
                pool.run(4 * threads, (part, worker) -> {
                    assertEquals(1, busy.incrementAndGet(worker));
                    Thread.yield();
                    assertEquals(0, busy.decrementAndGet(worker));
                });
            }
        }
    }

    /** The helper's part ends only when the caller has run all others: a pool that deals parts out beforehand would hang. */
    @Test
    void aWorkerThatIsHeldUpDelaysOnlyItsOwnPart() {
        assertTimeoutPreemptively(Duration.ofMinutes(5), () -> {
            try (WorkerPool pool = new WorkerPool(2)) {
                Thread caller = Thread.currentThread();
                for (int round = 0; round < 5; round++) {
                    AtomicInteger byCaller = new AtomicInteger();
                    pool.run(20, (part, worker) -> {
                        if (Thread.currentThread() == caller) {
                            byCaller.incrementAndGet();
                            sleep(1);
                            return;
                        }
                        while (byCaller.get() < 19) {
                            sleep(1);
                        }
                    });
                    assertTrue(byCaller.get() >= 19, byCaller + " parts of 20");
                }
            }
        });
    }

    /** No first part ends before every worker has begun one: so nobody can have taken over another's. */
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 7})
    void eachWorkerBeginsWithPartsOfItsOwn(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int round = 0; round < 3; round++) {
                AtomicIntegerArray firsts = new AtomicIntegerArray(threads);
                AtomicInteger begun = new AtomicInteger();
                pool.run(4 * threads, (part, worker) -> {
                    if (firsts.compareAndSet(worker, 0, part + 1)) {
                        begun.incrementAndGet();
                        while (begun.get() < threads) {
                            sleep(1);
                        }
                    }
                });
                for (int worker = 0; worker < threads; worker++) {
                    assertEquals(4 * worker + 1, firsts.get(worker));
                }
            }
        }
    }

    @Test
    void shortRoundsInQuickSuccessionStayApart() {
        try (WorkerPool pool = new WorkerPool(3)) {
            for (int round = 0; round < 20_000; round++) {
                int count = 2 + round % 5;
                AtomicInteger runs = new AtomicInteger();
                pool.run(count, (part, worker) -> {
                    assertTrue(part < count, "a part of another round");
                    runs.incrementAndGet();
                });
                assertEquals(count, runs.get());
            }
        }
    }

    @Test
    void workersWakeAfterTheyParked() throws InterruptedException {
        try (WorkerPool pool = new WorkerPool(3)) {
            AtomicInteger runs = new AtomicInteger();
            for (int i = 0; i < 5; i++) {
                pool.run(3, (part, worker) -> runs.incrementAndGet());
                Thread.sleep(20);
            }
            assertEquals(15, runs.get());
        }
    }

    @Test
    void aCallerThatWaitsLongParksAndIsWoken() {
        try (WorkerPool pool = new WorkerPool(2)) {
            AtomicInteger done = new AtomicInteger();
            pool.run(2, (part, worker) -> {
                if (worker == 1) {
                    sleep(100);
                } else {
                    sleep(5);
                }
                done.incrementAndGet();
            });
            assertEquals(2, done.get());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3})
    void anExceptionReachesTheCallerAndThePoolStaysUsable(int threads) {
        try (WorkerPool pool = new WorkerPool(threads)) {
            for (int failing = 0; failing < threads; failing++) {
                int broken = failing;
                IllegalStateException thrown = new IllegalStateException("part " + broken);
                assertSame(thrown, assertThrows(IllegalStateException.class, () -> pool.run(threads, (part, worker) -> {
                    if (part == broken) {
                        throw thrown;
                    }
                })));
                AssertionError error = new AssertionError("tile " + broken);
                assertSame(error, assertThrows(AssertionError.class, () -> pool.run(10, (part, worker) -> {
                    if (part == broken) {
                        throw error;
                    }
                })));
            }
            AtomicInteger runs = new AtomicInteger();
            pool.run(10, (part, worker) -> runs.incrementAndGet());
            assertEquals(10, runs.get());
        }
    }

    @Test
    void callersTakeTurns() throws Exception {
        try (WorkerPool pool = new WorkerPool(2); ExecutorService callers = Executors.newFixedThreadPool(4)) {
            AtomicInteger inside = new AtomicInteger();
            Callable<Integer> caller = () -> {
                int sum = 0;
                for (int round = 0; round < 50; round++) {
                    AtomicInteger runs = new AtomicInteger();
                    pool.run(20, (part, worker) -> {
                        assertTrue(inside.incrementAndGet() <= 2, "two callers at once");
                        runs.incrementAndGet();
                        inside.decrementAndGet();
                    });
                    sum += runs.get();
                }
                return sum;
            };
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                results.add(callers.submit(caller));
            }
            for (Future<Integer> result : results) {
                assertEquals(1000, result.get());
            }
        }
    }

    @Test
    void workInsideWorkIsRefused() {
        try (WorkerPool pool = new WorkerPool(2)) {
            assertThrows(IllegalStateException.class, () -> pool.run(2, (part, worker) -> pool.run(2, (inner, who) -> { })));
            assertThrows(IllegalStateException.class, () -> pool.run(2, (part, worker) -> pool.close()));
        }
    }

    @Test
    void closeEndsTheThreadsAndRefusesWork() {
        WorkerPool pool = new WorkerPool(3);
        List<Thread> threads = new ArrayList<>();
        pool.run(30, (part, worker) -> {
            sleep(1);
            synchronized (threads) {
                threads.add(Thread.currentThread());
            }
        });
        pool.close();
        pool.close();
        for (Thread thread : threads) {
            if (thread != Thread.currentThread()) {
                assertTrue(thread.isDaemon());
                join(thread);
            }
        }
        assertThrows(IllegalStateException.class, () -> pool.run(2, (part, worker) -> { }));
        assertThrows(IllegalArgumentException.class, () -> new WorkerPool(0));
    }

    @Test
    void splitsCoverEverythingOnceOnTheGrain() {
        for (int count : new int[] {0, 1, 3, 4, 5, 127, 151_936, Integer.MAX_VALUE}) {
            for (int parts : new int[] {1, 2, 3, 64}) {
                assertEquals(0, WorkerPool.split(count, 4, 0, parts));
                assertEquals(count, WorkerPool.split(count, 4, parts, parts));
                for (int part = 0; part < parts; part++) {
                    int border = WorkerPool.split(count, 4, part, parts);
                    assertTrue(border <= WorkerPool.split(count, 4, part + 1, parts));
                    assertTrue(border % 4 == 0 || border == count);
                }
            }
        }
    }

    /** Two cache lines behind what one worker writes: whatever lies there is no other worker's. */
    @Test
    void scratchOfOneWorkerLeavesRoomBeforeTheNext() {
        try (WorkerPool pool = new WorkerPool(3)) {
            float[][] each = pool.scratches(20);
            assertEquals(3, each.length);
            for (float[] scratch : each) {
                assertTrue(scratch.length >= 20 + 128 / Float.BYTES, scratch.length + " floats");
                assertTrue(WorkerPool.holds(scratch, 20));
                assertFalse(WorkerPool.holds(scratch, 21), "what is left free is not to be used");
            }
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void join(Thread thread) {
        try {
            thread.join(300_000);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        assertTrue(!thread.isAlive(), thread + " still runs");
    }
}
