package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.MoveKernels;
import java.lang.foreign.MemorySegment;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/** Moves parts of the keys and values between device and host, through a small array that both sides have. */
final class KvMoves implements KvSlots.Moves {
    /** Elements that move at once. */
    private static final int STAGED = 1 << 18;

    private final GraphChain chain;
    private final IntArray range = new IntArray(2); // first element, count
    private final TornadoNativeArray staged;
    private final Steps takeKeys;
    private final Steps takeValues;
    private final Steps putKeys;
    private final Steps putValues;

    /** Adds its graphs to the chain; {@code pool} is on the device by then. */
    KvMoves(GraphChain chain, KvPool pool) {
        this.chain = chain;
        this.staged = pool.keys instanceof FloatArray ? new FloatArray(STAGED) : new ShortArray(STAGED);
        this.takeKeys = take("takeKeys", pool.keys);
        this.takeValues = take("takeValues", pool.values);
        this.putKeys = put("putKeys", pool.keys);
        this.putValues = put("putValues", pool.values);
    }

    private Steps take(String name, TornadoNativeArray pool) {
        Steps steps = chain.late(name).send(range);
        switch (pool) {
            case FloatArray floats -> steps.overItems("take", STAGED, (graph, task) ->
                    graph.task(task, MoveKernels::take, range, floats, (FloatArray) staged, STAGED, floats.getSize()));
            case ShortArray shorts -> steps.overItems("take", STAGED, (graph, task) ->
                    graph.task(task, MoveKernels::takeHalves, range, shorts, (ShortArray) staged, STAGED, shorts.getSize()));
            default -> throw new IllegalStateException(pool.toString());
        }
        return steps.fetch(staged);
    }

    private Steps put(String name, TornadoNativeArray pool) {
        Steps steps = chain.late(name).send(range, staged);
        switch (pool) {
            case FloatArray floats -> steps.overItems("put", STAGED, (graph, task) ->
                    graph.task(task, MoveKernels::put, range, (FloatArray) staged, floats, STAGED));
            case ShortArray shorts -> steps.overItems("put", STAGED, (graph, task) ->
                    graph.task(task, MoveKernels::putHalves, range, (ShortArray) staged, shorts, STAGED));
            default -> throw new IllegalStateException(pool.toString());
        }
        return steps;
    }

    /** Lets a graph that joins write nothing. */
    void idle() {
        range.set(0, 0);
        range.set(1, 0);
    }

    @Override
    public void takeKeys(int first, int count, MemorySegment target) {
        take(takeKeys, first, count, target);
    }

    @Override
    public void takeValues(int first, int count, MemorySegment target) {
        take(takeValues, first, count, target);
    }

    @Override
    public void putKeys(int first, int count, MemorySegment source) {
        put(putKeys, first, count, source);
    }

    @Override
    public void putValues(int first, int count, MemorySegment source) {
        put(putValues, first, count, source);
    }

    private void take(Steps steps, int first, int count, MemorySegment target) {
        chain.ensureJoined(steps);
        int size = staged.getElementSize();
        for (int done = 0; done < count; done += STAGED) {
            int part = Math.min(STAGED, count - done);
            range.set(0, first + done);
            range.set(1, part);
            chain.run(steps);
            MemorySegment.copy(staged.getSegment(), 0, target, (long) done * size, (long) part * size);
        }
    }

    private void put(Steps steps, int first, int count, MemorySegment source) {
        chain.ensureJoined(steps);
        int size = staged.getElementSize();
        for (int done = 0; done < count; done += STAGED) {
            int part = Math.min(STAGED, count - done);
            range.set(0, first + done);
            range.set(1, part);
            MemorySegment.copy(source, (long) done * size, staged.getSegment(), 0, (long) part * size);
            chain.run(steps);
        }
    }
}
