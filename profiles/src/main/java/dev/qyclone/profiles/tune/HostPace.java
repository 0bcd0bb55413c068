package dev.qyclone.profiles.tune;

import java.util.Arrays;
import java.util.function.DoubleSupplier;
import java.util.stream.IntStream;

/**
 * How fast the host's threads multiply together, in multiplications and additions of a thread per nanosecond. Virtual machines change:
 * for half a minute two processors are the two threads of one core, and everything takes twice as long, though the system shows nothing.
 */
public final class HostPace implements DoubleSupplier {
    private static final int LENGTH = 2048;
    /** Half a millisecond or so. */
    private static final int PASSES = 4000;
    private static final int WARM_UPS = 20;
    /** The median of some: threads of others may still spin during the first. */
    private static final int SAMPLES = 5;
    private static final float HALF = 0.5f;
    private static final float QUARTER = 0.25f;

    private final int threads;
    private final float[][] values;

    /** @param threads that compute in what is measured */
    public HostPace(int threads) {
        this.threads = threads;
        this.values = new float[threads][LENGTH];
        for (int i = 0; i < WARM_UPS; i++) {
            sample();
        }
    }

    @Override
    public double getAsDouble() {
        double[] samples = IntStream.range(0, SAMPLES).mapToDouble(i -> sample()).sorted().toArray();
        return samples[SAMPLES / 2];
    }

    private double sample() {
        long[] nanos = new long[threads];
        Thread[] others = IntStream.range(1, threads).mapToObj(i -> Thread.ofPlatform().daemon().start(() -> nanos[i] = timed(values[i])))
                .toArray(Thread[]::new);
        nanos[0] = timed(values[0]);
        try {
            for (Thread other : others) {
                other.join();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return (double) LENGTH * PASSES / Math.max(1, Arrays.stream(nanos).max().orElse(1));
    }

    private static long timed(float[] values) {
        long start = System.nanoTime();
        multiply(values);
        return System.nanoTime() - start;
    }

    /** C2 makes vectors of it that come from the first cache and go back: one thread alone keeps a core's ports busy. */
    private static void multiply(float[] values) {
        for (int pass = 0; pass < PASSES; pass++) {
            for (int i = 0; i < values.length; i++) {
                values[i] = values[i] * HALF + QUARTER;
            }
        }
    }
}
