package dev.qyclone.engine.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntConsumer;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** Pieces of a prompt, and sessions, on their way through invented stages. Threads meet at barriers: nothing here is timed. */
class PromptFlowTest {
    private static final CacheSpec SPEC = new CacheSpec(1000, List.of());
    private static final IntConsumer NOBODY = length -> { };
    /** After this a meeting is given up, and the test fails. */
    private static final long PATIENCE_SECONDS = 30;

    private final ToyPipeline toy = new ToyPipeline();

    private static int[] ids(int count) {
        return IntStream.range(100, 100 + count).toArray();
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("nobody came");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static long stageThreads() {
        return Thread.getAllStackTraces().keySet().stream().filter(thread -> thread.getName().startsWith("qyclone-stage-")).count();
    }

    private static List<StageCache> run(Pipeline pipeline, int count, int batch, HiddenStates x, IntConsumer computed) {
        List<StageCache> caches = pipeline.openCaches(SPEC);
        pipeline.forwardAll(caches, ids(count), 0, count, batch, x, computed);
        return caches;
    }

    @Property(tries = 200)
    void everyPieceGoesThroughEveryStageOnceAndInOrder(
            @ForAll @IntRange(min = 1, max = 40) int count, @ForAll @IntRange(min = 1, max = 12) int batch,
            @ForAll @IntRange(min = 1, max = 5) int stages, @ForAll @IntRange(min = 1, max = 3) int devices) {
        ToyPipeline made = new ToyPipeline();
        String[] names = IntStream.range(0, stages).mapToObj(i -> "toy:" + i % devices).toArray(String[]::new);
        try (Pipeline pipeline = made.of(ToyPipeline.Hook.NONE, names)) {
            HiddenStates x = pipeline.newHiddenStates(Math.min(batch, count));
            List<Integer> heard = new ArrayList<>();
            Thread caller = Thread.currentThread();
            List<StageCache> caches = run(pipeline, count, batch, x, length -> {
                assertSame(caller, Thread.currentThread());
                heard.add(length);
            });
            List<Integer> ends = IntStream.rangeClosed(1, Math.ceilDiv(count, batch)).map(i -> Math.min(count, i * batch)).boxed().toList();
            assertEquals(ends, heard);
            caches.forEach(cache -> assertEquals(count, cache.length()));
            int last = (count - 1) / batch * batch;
            assertEquals(count - last, x.tokens());
            for (int t = 0; t < x.tokens(); t++) {
                assertEquals(ToyPipeline.expected(100 + last + t, stages), x.data()[t * ToyPipeline.DIM]);
                assertEquals(last + t, x.data()[t * ToyPipeline.DIM + 1]);
            }
        }
    }

    /** The first piece stays in stage 1 until stage 0 has begun the second: one after the other, they would wait for ever. */
    @Test
    void aStageComputesAPieceWhileTheNextOneComputesThePieceBefore() {
        CountDownLatch secondBegan = new CountDownLatch(1);
        ToyPipeline.Hook hook = (stage, position) -> {
            if (stage == 0 && position == 4) {
                secondBegan.countDown();
            }
            if (stage == 1 && position == 0) {
                await(secondBegan);
            }
        };
        try (Pipeline pipeline = toy.of(hook, "a", "b")) {
            run(pipeline, 12, 4, pipeline.newHiddenStates(4), NOBODY);
            assertEquals(6, toy.calls().size());
        }
    }

    /**
     * As the profile {@code split} has it. The caller goes on to the third piece only when stage 1 is inside the second, which ends when
     * stage 0 has begun the third: embedding that must not wait for stage 1's device.
     */
    @Test
    void anEmbeddingOnALaterStagesDeviceDoesNotWaitForThatStage() {
        CountDownLatch secondBegan = new CountDownLatch(1);
        CountDownLatch secondInside = new CountDownLatch(1);
        CountDownLatch thirdBegan = new CountDownLatch(1);
        ToyPipeline.Hook hook = (stage, position) -> {
            if (stage == 0 && position == 4) {
                secondBegan.countDown();
            } else if (stage == 0 && position == 8) {
                thirdBegan.countDown();
            } else if (stage == 1 && position == 0) {
                await(secondBegan);
            } else if (stage == 1 && position == 4) {
                secondInside.countDown();
                await(thirdBegan);
            }
        };
        try (Pipeline pipeline = toy.withEmbedding("b", hook, "a", "b")) {
            run(pipeline, 12, 4, pipeline.newHiddenStates(4), length -> {
                if (length == 4) {
                    await(secondInside);
                }
            });
            assertEquals(6, toy.calls().size());
        }
    }

    /** One session in stage 0 and the other in stage 1 must be inside at the same time. */
    @Test
    void twoSessionsComputeOnTwoDevicesAtTheSameTime() throws Exception {
        CyclicBarrier meeting = new CyclicBarrier(2);
        CountDownLatch ahead = new CountDownLatch(1);
        AtomicBoolean met = new AtomicBoolean();
        ToyPipeline.Hook hook = (stage, position) -> {
            if (stage == 1 && position == 0 || stage == 0 && position == 1) {
                ahead.countDown();
                try {
                    meeting.await(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    met.set(true);
                } catch (InterruptedException | BrokenBarrierException | TimeoutException e) {
                    throw new AssertionError("sessions wait for each other", e);
                }
            }
        };
        try (Pipeline pipeline = toy.of(hook, "a", "b"); ExecutorService sessions = Executors.newFixedThreadPool(2)) {
            List<StageCache> second = pipeline.openCaches(SPEC);
            second.forEach(cache -> ((ToyPipeline.ToyCache) cache).append(0, 1));
            Future<?> one = sessions.submit(() -> pipeline.forward(
                    pipeline.openCaches(SPEC), ids(1), 0, 1, 0, pipeline.newHiddenStates(1)));
            await(ahead); // else the other could wait in stage 0 for one that cannot enter it
            Future<?> other = sessions.submit(() -> pipeline.forward(second, ids(2), 1, 1, 1, pipeline.newHiddenStates(1)));
            one.get();
            other.get();
            assertTrue(met.get());
        }
    }

    @Test
    void aDeviceRunsOneCallAtATime() throws Exception {
        AtomicInteger inside = new AtomicInteger();
        ToyPipeline.Hook hook = (stage, position) -> {
            if (stage == 1) {
                return;
            }
            assertEquals(1, inside.incrementAndGet(), "two calls on one device");
            Thread.yield();
            inside.decrementAndGet();
        };
        try (Pipeline pipeline = toy.of(hook, "a", "b", "a"); ExecutorService sessions = Executors.newFixedThreadPool(3)) {
            List<Future<?>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                running.add(sessions.submit(() -> run(pipeline, 200, 2, pipeline.newHiddenStates(2), NOBODY)));
            }
            for (Future<?> session : running) {
                session.get();
            }
        }
    }

    @Test
    void aSlowStageMakesThoseBeforeItWait() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch enough = new CountDownLatch(3);
        AtomicInteger begun = new AtomicInteger();
        ToyPipeline.Hook hook = (stage, position) -> {
            if (stage == 0) {
                begun.incrementAndGet();
                enough.countDown();
            }
            if (stage == 2) {
                await(release);
            }
        };
        try (Pipeline pipeline = toy.of(hook, "a", "b", "c"); ExecutorService session = Executors.newSingleThreadExecutor()) {
            Future<?> running = session.submit(() -> run(pipeline, 20, 1, pipeline.newHiddenStates(1), NOBODY));
            await(enough);
            Thread.sleep(50); // time to go wrong in; a sound pipeline passes however long it is
            assertEquals(3, begun.get());
            release.countDown();
            running.get();
            assertEquals(20, begun.get());
        }
    }

    @Test
    void aFailureReachesTheCallerWithLayerAndDeviceAndStopsThePiecesBehindIt() {
        AtomicBoolean broken = new AtomicBoolean(true);
        ToyPipeline.Hook hook = (stage, position) -> {
            if (broken.get() && stage == 2 && position == 6) {
                throw new IllegalStateException("lost");
            }
        };
        try (Pipeline pipeline = toy.of(hook, "a", "b", "c", "d")) {
            List<Integer> heard = new ArrayList<>();
            EngineException e = assertThrows(EngineException.class,
                    () -> run(pipeline, 100, 2, pipeline.newHiddenStates(2), heard::add));
            assertEquals(ErrorCode.DEVICE_FAILED, e.code());
            assertTrue(e.getMessage().startsWith("layer 2 on c failed") && e.getMessage().contains("lost"), e.getMessage());
            assertTrue(heard.size() <= 3 && heard.equals(List.of(2, 4, 6).subList(0, heard.size())), heard.toString());
            assertTrue(toy.calls().stream().noneMatch(call -> call.stage() == 3 && call.position() >= 6), toy.calls().toString());
            assertTrue(toy.calls().stream().filter(call -> call.stage() == 0).count() <= 4 + 4, "more pieces were begun");
            broken.set(false);
            run(pipeline, 100, 2, pipeline.newHiddenStates(2), NOBODY);
        }
        assertStageThreadsEnd();
    }

    @Test
    void errorsPassAsTheyAreButMemory() {
        AssertionError defect = new AssertionError("defect");
        try (Pipeline pipeline = toy.of((stage, position) -> {
            if (stage == 1) {
                throw defect;
            }
        }, "a", "b")) {
            assertSame(defect, assertThrows(AssertionError.class, () -> run(pipeline, 9, 2, pipeline.newHiddenStates(2), NOBODY)));
        }
        try (Pipeline pipeline = toy.of((stage, position) -> {
            throw new OutOfMemoryError("Java heap space");
        }, "a")) {
            EngineException e = assertThrows(EngineException.class, () -> run(pipeline, 9, 9, pipeline.newHiddenStates(9), NOBODY));
            assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
            assertTrue(e.getMessage().startsWith("layer 0 on a found no memory: got Java heap space"), e.getMessage());
        }
    }

    @Test
    void whoeverListensMayEndIt() {
        RuntimeException enough = new RuntimeException("enough");
        try (Pipeline pipeline = toy.of(ToyPipeline.Hook.NONE, "a", "b")) {
            assertSame(enough, assertThrows(RuntimeException.class, () -> run(pipeline, 100, 1, pipeline.newHiddenStates(1), length -> {
                if (length == 3) {
                    throw enough;
                }
            })));
            assertTrue(toy.calls().stream().filter(call -> call.stage() == 0).count() <= 3 + 2, toy.calls().toString());
        }
    }

    @Test
    void anInterruptIsKeptAndBreaksNothing() {
        try (Pipeline pipeline = toy.of(ToyPipeline.Hook.NONE, "a", "b")) {
            Thread.currentThread().interrupt();
            List<StageCache> caches = run(pipeline, 30, 2, pipeline.newHiddenStates(2), NOBODY);
            assertTrue(Thread.interrupted());
            caches.forEach(cache -> assertEquals(30, cache.length()));
        }
    }

    @Test
    void threadsAreForTwoDevicesAndTwoPiecesOnlyAndEndWithThePipeline() {
        try (Pipeline one = toy.of(ToyPipeline.Hook.NONE, "a", "a")) {
            run(one, 10, 2, one.newHiddenStates(2), NOBODY);
            assertStageThreadsEnd();
        }
        try (Pipeline two = toy.of(ToyPipeline.Hook.NONE, "a", "b", "c")) {
            run(two, 10, 10, two.newHiddenStates(10), NOBODY);
            assertStageThreadsEnd();
            for (int i = 0; i < 5; i++) {
                run(two, 10, 5, two.newHiddenStates(5), NOBODY);
            }
            assertEquals(2, stageThreads());
        }
        assertStageThreadsEnd();
    }

    /** An executor is closed a moment before its thread is gone. */
    private static void assertStageThreadsEnd() {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (stageThreads() > 0 && System.nanoTime() < end) {
            Thread.onSpinWait();
        }
        assertEquals(0, stageThreads());
    }

    @Test
    void aClosedPipelineRefusesAndMayBeClosedAgain() {
        Pipeline pipeline = toy.of(ToyPipeline.Hook.NONE, "a", "b");
        List<StageCache> caches = pipeline.openCaches(SPEC);
        pipeline.close();
        pipeline.close();
        assertThrows(IllegalStateException.class,
                () -> pipeline.forwardAll(caches, ids(4), 0, 4, 2, pipeline.newHiddenStates(2), NOBODY));
        assertThrows(IllegalStateException.class, () -> pipeline.openCaches(SPEC));
        assertFalse(toy.calls().stream().anyMatch(call -> true));
    }

    /** What a stage is handed, in floats: each row once, however the prompt is cut. */
    @Test
    void aHopMovesNothingButHiddenStates() {
        try (Pipeline pipeline = toy.of(ToyPipeline.Hook.NONE, "a", "b", "c")) {
            run(pipeline, 21, 4, pipeline.newHiddenStates(4), NOBODY);
            long floats = toy.calls().stream().mapToLong(call -> (long) call.tokens() * ToyPipeline.DIM).sum();
            assertEquals(3L * 21 * ToyPipeline.DIM, floats);
        }
    }
}
