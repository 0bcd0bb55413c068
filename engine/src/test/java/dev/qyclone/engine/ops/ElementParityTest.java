package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.RopeTable;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Test;

/** The element-wise ops by vectors against plain loops. */
class ElementParityTest {
    /** Roundings of a few float operations, relative to the operands. */
    private static final double ROUNDING = 6 * Math.ulp(1f);
    private static final int[] SIZES = {1, 7, 31, 32, 33, 207, 896, 4864};
    private static final int[] TOKENS = {1, 2, 5, 33};

    private static void onBoth(BiConsumer<Ops, List<float[]>> op, double tolerance, float[]... arrays) {
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = new WorkerPool(3)) {
            float[] expected = run(new ScalarOps(one), op, arrays);
            float[] got = run(new VectorOps(one), op, arrays);
            for (int i = 0; i < expected.length; i++) {
                assertEquals(expected[i], got[i], tolerance * Math.max(Math.abs(expected[i]), 1e-6), "element " + i);
            }
            assertArrayEquals(got, run(new VectorOps(three), op, arrays), "three threads differ from one");
        }
    }

    /** Runs on copies and gives back the first. */
    private static float[] run(Ops ops, BiConsumer<Ops, List<float[]>> op, float[]... arrays) {
        List<float[]> copies = Arrays.stream(arrays).map(float[]::clone).toList();
        op.accept(ops, copies);
        return copies.get(0);
    }

    @Test
    void rmsNorm() {
        Random random = new Random(1);
        for (int dim : SIZES) {
            float[] weight = StoredWeights.gaussian(dim, random);
            for (int tokens : TOKENS) {
                float[] x = StoredWeights.gaussian(tokens * dim, random);
                onBoth((ops, a) -> ops.rmsNorm(a.get(0), a.get(1), 1e-6f, a.get(0), tokens, dim), ROUNDING, x, weight);
                onBoth((ops, a) -> ops.rmsNorm(a.get(2), a.get(1), 1e-6f, a.get(0), tokens, dim), ROUNDING, new float[x.length], weight, x);
            }
            onBoth((ops, a) -> ops.rmsNorm(a.get(0), a.get(1), 1e-6f, a.get(0), 1, dim), ROUNDING, new float[dim], weight);
        }
    }

    @Test
    void rope() {
        Random random = new Random(2);
        for (int headDim : new int[] {6, 20, 32, 64, 128}) {
            AttentionPolicy policy = AttentionPolicy.full(RopeTable.plain(1e6, headDim));
            for (int tokens : TOKENS) {
                for (int position : new int[] {0, 3, 5000}) {
                    float[] x = StoredWeights.gaussian(tokens * 14 * headDim, random);
                    // Turning mixes two elements of size 1: the error is relative to those.
                    onBoth((ops, a) -> {
                        ops.turnQueries(a.get(0), policy, tokens, 14, position);
                        for (int i = 0; i < a.get(0).length; i++) {
                            a.get(0)[i] += 10;
                        }
                    }, ROUNDING, x);
                }
            }
        }
    }

    @Test
    void swiGlu() {
        Random random = new Random(3);
        for (int size : new int[] {1, 7, 31, 32, 33, 207, 896, 4864, 70_001}) {
            float[] gate = StoredWeights.gaussian(size, random);
            float[] up = StoredWeights.gaussian(size, random);
            for (int i = 0; i < size; i++) {
                gate[i] *= i % 5 * 5;
            }
            onBoth((ops, a) -> ops.swiGlu(a.get(0), a.get(1), size), 2 * ROUNDING, gate, up);
        }
        float[] extremes = {0f, -0f, 87f, 88f, 89f, 1e30f, -20f, -80f, -86f, -88f, -100f, -1e30f, Float.MIN_VALUE, 1f, -1f, 0.5f, 3f};
        float[] ones = new float[extremes.length];
        Arrays.fill(ones, 1);
        try (WorkerPool pool = new WorkerPool(1)) {
            float[] expected = run(new ScalarOps(pool), (ops, a) -> ops.swiGlu(a.get(0), a.get(1), ones.length), extremes, ones);
            float[] got = run(new VectorOps(pool), (ops, a) -> ops.swiGlu(a.get(0), a.get(1), ones.length), extremes, ones);
            for (int i = 0; i < got.length; i++) {
                double tolerance = extremes[i] < -80 ? Math.abs(extremes[i]) * 1e-38 : 2 * ROUNDING * Math.abs(expected[i]);
                assertEquals(expected[i], got[i], tolerance, "gate " + extremes[i]);
            }
        }
    }

    @Test
    void notANumberStays() {
        try (WorkerPool pool = new WorkerPool(1)) {
            for (int i = 0; i < 40; i++) {
                float[] gate = new float[40];
                gate[i] = Float.NaN;
                float[] got = run(new VectorOps(pool), (ops, a) -> ops.swiGlu(a.get(0), a.get(1), 40), gate, new float[40]);
                assertTrue(Float.isNaN(got[i]));
                float[] x = StoredWeights.gaussian(40, new Random(i));
                x[i] = Float.NaN;
                got = run(new VectorOps(pool), (ops, a) -> ops.rmsNorm(a.get(0), a.get(1), 1e-6f, a.get(0), 1, 40), x, new float[40]);
                assertTrue(Float.isNaN(got[(i + 1) % 40]));
            }
        }
    }

    @Test
    void addAndAddBias() {
        Random random = new Random(4);
        for (int size : SIZES) {
            onBoth((ops, a) -> ops.add(a.get(0), a.get(1), size), 0, StoredWeights.gaussian(size, random),
                    StoredWeights.gaussian(size, random));
            for (int tokens : TOKENS) {
                onBoth((ops, a) -> ops.addBias(a.get(0), a.get(1), tokens), 0, StoredWeights.gaussian(tokens * size, random),
                        StoredWeights.gaussian(size, random));
            }
        }
    }

    /** The exponential over its whole range against Math.exp. */
    @Test
    void exponentialWithinTwoRoundings() {
        for (float x = Exponential.SMALLEST; x <= Exponential.LARGEST; x += 0.0137f) {
            double exact = Math.exp(x);
            assertEquals(exact, Exponential.of(x), exact * 2 * Math.ulp(1f), "e^" + x);
        }
        assertEquals(1f, Exponential.of(0));
        assertEquals(Exponential.of(Exponential.SMALLEST), Exponential.of(Float.NEGATIVE_INFINITY));
    }
}
