package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The vector products against the scalar ones. */
class MatMulParityTest {
    /** A float sum of n terms in some order: its error is a small multiple of sqrt(n) roundings of the sum of magnitudes. */
    private static final double ROUNDINGS = 2;
    private static final int[] LENGTHS = {1, 7, 31, 32, 33, 207, 256, 768, 896, 4864};
    private static final int[] TOKENS = {1, 2, 5, 16, 17, 33, 48, 49, 70};
    private static final int[] ROWS = {1, 3, 4, 7, 50};
    private static final int LARGE = 1_000_000;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void vectorsAgreeWithPlainLoops(TensorType type) {
        Random random = new Random(type.ordinal());
        try (WorkerPool one = new WorkerPool(1); WorkerPool two = new WorkerPool(2); WorkerPool three = new WorkerPool(3)) {
            Ops[] fast = {new VectorOps(one), new VectorOps(two), new VectorOps(three)};
            Ops truth = new ScalarOps(two);
            for (int cols : Arrays.stream(LENGTHS).filter(n -> n % type.blockSize() == 0).toArray()) {
                for (int rows : ROWS) {
                    Tensor weight = StoredWeights.random(type, rows, cols, random);
                    for (int tokens : TOKENS) {
                        if ((long) rows * cols * tokens < LARGE || rows == 7) {
                            check(fast, truth, weight, StoredWeights.gaussian(tokens * cols, random), tokens);
                        }
                    }
                }
            }
        }
    }

    private static void check(Ops[] fast, Ops truth, Tensor weight, float[] x, int tokens) {
        int rows = (int) weight.rows();
        float[] expected = new float[tokens * rows];
        truth.matMul(weight, x, expected, tokens);
        float[] first = new float[tokens * rows];
        Arrays.fill(first, Float.NaN);
        fast[0].matMul(weight, x, first, tokens);
        assertClose(weight, x, expected, first, tokens);
        for (Ops ops : fast) {
            float[] again = new float[tokens * rows];
            ops.matMul(weight, x, again, tokens);
            assertArrayEquals(first, again, ops.words() + " differs from one thread");
        }
    }

    static void assertClose(Tensor weight, float[] x, float[] expected, float[] got, int tokens) {
        int rows = (int) weight.rows();
        int cols = (int) weight.cols();
        float[] row = new float[cols];
        for (int r = 0; r < rows; r++) {
            weight.decodeRow(r, row, 0);
            for (int t = 0; t < tokens; t++) {
                double magnitude = 0;
                for (int i = 0; i < cols; i++) {
                    magnitude += Math.abs((double) row[i] * x[t * cols + i]);
                }
                double tolerance = ROUNDINGS * Math.ulp(1f) * magnitude * (1 + Math.sqrt(cols) / 16) + Float.MIN_NORMAL;
                assertEquals(expected[t * rows + r], got[t * rows + r], tolerance,
                        weight + ", row " + r + ", token " + t + " of " + tokens);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void zerosGiveZeros(TensorType type) {
        try (WorkerPool pool = new WorkerPool(2)) {
            Ops ops = new VectorOps(pool);
            int cols = 256;
            Tensor weight = StoredWeights.random(type, 9, cols, new Random(1));
            for (int tokens : TOKENS) {
                float[] out = new float[tokens * 9];
                Arrays.fill(out, 5);
                ops.matMul(weight, new float[tokens * cols], out, tokens);
                for (float value : out) {
                    assertEquals(0f, Math.abs(value));
                }
            }
        }
    }

    @Test
    void largestAndSmallestHalves() {
        int largest = 0x7bff;
        int smallest = 0x0001;
        int largestSubnormal = 0x83ff;
        try (WorkerPool pool = new WorkerPool(2)) {
            Ops[] fast = {new VectorOps(pool)};
            Ops truth = new ScalarOps(pool);
            for (int tokens : new int[] {1, 5}) {
                for (int cols : new int[] {3, 33, 64}) {
                    float[] x = StoredWeights.gaussian(tokens * cols, new Random(cols));
                    Tensor mixed = StoredWeights.ofShorts(TensorType.F16, 7, cols, largest, smallest, largestSubnormal, 0x8000);
                    check(fast, truth, mixed, x, tokens);
                    check(fast, truth, StoredWeights.ofShorts(TensorType.F16, 7, cols, smallest), x, tokens);
                    check(fast, truth, StoredWeights.ofShorts(TensorType.BF16, 7, cols, 0x0001, 0x7e00, 0x8000), x, tokens);
                }
            }
        }
    }

    @Test
    void activationsFarOutsideTheRangeOfHalves() {
        try (WorkerPool pool = new WorkerPool(2)) {
            Ops[] fast = {new VectorOps(pool)};
            Ops truth = new ScalarOps(pool);
            for (float factor : new float[] {0x1p-120f, 0x1p15f, 0x1p16f, 0x1p40f, 0x1p110f}) {
                float[] x = StoredWeights.gaussian(100, new Random(3));
                for (int i = 0; i < x.length; i++) {
                    x[i] *= factor;
                }
                check(fast, truth, StoredWeights.random(TensorType.F16, 7, 100, new Random(4)), x, 1);
            }
        }
    }

    @Test
    void infiniteActivationsShow() {
        try (WorkerPool pool = new WorkerPool(1)) {
            for (TensorType type : TensorType.values()) {
                float[] x = StoredWeights.gaussian(5 * 256, new Random(3));
                Arrays.fill(x, Float.POSITIVE_INFINITY);
                for (int tokens : new int[] {1, 5}) {
                    float[] out = new float[tokens * 4];
                    new VectorOps(pool).matMul(StoredWeights.random(type, 4, 256, new Random(4)), x, out, tokens);
                    for (float value : out) {
                        assertTrue(!Float.isFinite(value), type.toString());
                    }
                }
            }
        }
    }
}
