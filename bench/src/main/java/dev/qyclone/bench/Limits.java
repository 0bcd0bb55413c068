package dev.qyclone.bench;

import dev.qyclone.engine.ops.WorkerPool;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteOrder;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * What this machine can do now with the threads of a pool: bytes read from memory, and float32 multiply-adds in registers.
 * A machine that others use changes from second to second, so a kernel's limit is measured next to the kernel.
 */
public final class Limits {
    /** Far outside the caches of desktop machines. */
    static final long MEMORY_BYTES = 256L << 20;

    private static final VectorSpecies<Integer> I = IntVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Float> F = FloatVector.SPECIES_PREFERRED;
    private static final int STREAMS = 4;
    /** A pass reads one section: short enough to find a moment when nobody disturbs it. */
    private static final int SECTIONS = 4;
    /** Taken off a stream's length: streams that lie a power of two apart get in each other's way in caches and memory banks. */
    private static final int ODD_BYTES = 5 * 4096 + 7 * 64;
    private static final int ACCUMULATORS = 12;
    private static final int WARM_UP = 40;
    /** The best of a few passes is the limit: what disturbs a pass only makes it slower. */
    private static final int PASSES = 8;

    private final WorkerPool pool;
    private final MemorySegment memory;
    private final long streamBytes;
    private final int steps;
    private final int[][] read;
    private final float[][] multiplied;
    private int section;

    /**
     * @param arena gives the memory that is read
     * @param bytes of it
     * @param steps of 12 vector multiply-adds in one pass
     */
    Limits(WorkerPool pool, Arena arena, long bytes, int steps) {
        this.pool = pool;
        this.steps = steps;
        int vector = I.vectorByteSize();
        streamBytes = (bytes / SECTIONS / pool.threads() / STREAMS - ODD_BYTES) / vector * vector;
        memory = arena.allocate(bytes, 64).fill((byte) 1);
        read = new int[pool.threads()][I.length()];
        multiplied = new float[pool.threads()][F.length()];
    }

    /** As {@link #Limits(WorkerPool, Arena, long, int)}, of a size to measure with, and warm. */
    public static Limits warm(WorkerPool pool, Arena arena) {
        Limits limits = new Limits(pool, arena, MEMORY_BYTES, 1 << 20);
        for (int i = 0; i < WARM_UP; i++) {
            limits.readOnce();
            limits.multiplyOnce();
        }
        return limits;
    }

    /** Bytes that one {@link #readOnce()} reads, all threads together. */
    long bytesPerPass() {
        return streamBytes * STREAMS * pool.threads();
    }

    /** Floating-point operations of one {@link #multiplyOnce()}, all threads together. */
    double operationsPerPass() {
        return 2.0 * ACCUMULATORS * F.length() * steps * pool.threads();
    }

    /** The best of a few passes, in GB/s. */
    public double gigabytesPerSecond() {
        return best(this::readOnce, bytesPerPass());
    }

    /** The best of a few passes, in GFLOP/s. */
    public double gigaflopsPerSecond() {
        return best(this::multiplyOnce, operationsPerPass());
    }

    private static double best(Runnable pass, double work) {
        long best = Long.MAX_VALUE;
        for (int i = 0; i < PASSES; i++) {
            long start = System.nanoTime();
            pass.run();
            best = Math.min(best, System.nanoTime() - start);
        }
        return work / best;
    }

    /** Every thread reads four streams that lie far apart. */
    void readOnce() {
        long from = section++ % SECTIONS * bytesPerPass();
        pool.run(pool.threads(), (part, worker) -> read(memory, from + part * STREAMS * streamBytes, streamBytes, read[worker]));
    }

    private static void read(MemorySegment memory, long from, long length, int[] sink) {
        IntVector a0 = IntVector.zero(I);
        IntVector a1 = a0;
        IntVector a2 = a0;
        IntVector a3 = a0;
        for (long at = from; at < from + length; at += I.vectorByteSize()) {
            a0 = a0.add(IntVector.fromMemorySegment(I, memory, at, ByteOrder.LITTLE_ENDIAN));
            a1 = a1.add(IntVector.fromMemorySegment(I, memory, at + length, ByteOrder.LITTLE_ENDIAN));
            a2 = a2.add(IntVector.fromMemorySegment(I, memory, at + 2 * length, ByteOrder.LITTLE_ENDIAN));
            a3 = a3.add(IntVector.fromMemorySegment(I, memory, at + 3 * length, ByteOrder.LITTLE_ENDIAN));
        }
        a0.add(a1).add(a2).add(a3).intoArray(sink, 0);
    }

    /** Every thread multiplies and adds in twelve registers that do not wait for each other. */
    void multiplyOnce() {
        pool.run(pool.threads(), (part, worker) -> multiply(steps, multiplied[worker]));
    }

    private static void multiply(int steps, float[] sink) {
        FloatVector x = FloatVector.broadcast(F, 0.5f);
        FloatVector y = FloatVector.broadcast(F, 0.25f);
        FloatVector a0 = FloatVector.zero(F);
        FloatVector a1 = y;
        FloatVector a2 = y.add(1);
        FloatVector a3 = y.add(2);
        FloatVector a4 = y.add(3);
        FloatVector a5 = y.add(4);
        FloatVector a6 = y.add(5);
        FloatVector a7 = y.add(6);
        FloatVector a8 = y.add(7);
        FloatVector a9 = y.add(8);
        FloatVector a10 = y.add(9);
        FloatVector a11 = y.add(10);
        for (int i = 0; i < steps; i++) {
            a0 = a0.fma(x, y);
            a1 = a1.fma(x, y);
            a2 = a2.fma(x, y);
            a3 = a3.fma(x, y);
            a4 = a4.fma(x, y);
            a5 = a5.fma(x, y);
            a6 = a6.fma(x, y);
            a7 = a7.fma(x, y);
            a8 = a8.fma(x, y);
            a9 = a9.fma(x, y);
            a10 = a10.fma(x, y);
            a11 = a11.fma(x, y);
        }
        a0.add(a1).add(a2).add(a3).add(a4).add(a5).add(a6).add(a7).add(a8).add(a9).add(a10).add(a11).intoArray(sink, 0);
    }
}
