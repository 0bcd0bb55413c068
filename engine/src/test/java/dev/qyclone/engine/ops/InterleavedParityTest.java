package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Copies of rows interleaved by sixteen: bit for bit what is stored, and products as of the plain loops. */
class InterleavedParityTest {
    private static final int[] ROWS = {1, 7, 16, 17, 31, 32, 33, 207, 896};
    private static final int[] LENGTHS = {32, 96, 256, 768, 896, 1312, 1536, 4864};
    private static final int[] TOKENS = {1, 3, 5};
    /** From so many rows on a prompt's products are computed, which are exact. */
    private static final int PROMPT = 4;
    private static final int LARGE = 500_000;
    /** Parts of a quant that cancel each other leave roundings of their size; a sum that left its 16 bits would leave 65536 units. */
    private static final double OF_THE_LARGEST = 1e-5;
    /** Scales at the ends of what a half can hold: zeros, subnormals, the largest. */
    private static final int[] HALVES = {0x0000, 0x8000, 0x0001, 0x83ff, 0x0400, 0x7bff, 0xfbff};
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** Scales of six bits take a byte, and every group is filled up to whole cache lines. */
    private static final double LITTLE_MORE = 1.03;

    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void noBitIsLost(TensorType type) {
        try (WorkerPool pool = new WorkerPool(2)) {
            for (int rows : new int[] {16, 33, 207}) {
                for (int cols : lengths(type)) {
                    Tensor stored = StoredWeights.random(type, rows, cols, new Random(cols));
                    InterleavedWeights weights = new InterleavedWeights();
                    try (PreparedWeights copies = weights.add(List.of(stored), true, pool)) {
                        InterleavedRows copy = weights.of(stored);
                        for (int row = 0; row < rows; row++) {
                            byte[] expected = stored.data().asSlice(row * stored.rowBytes(), stored.rowBytes())
                                    .toArray(ValueLayout.JAVA_BYTE);
                            assertArrayEquals(expected, InterleavedBytes.row(copy, row), stored + ", row " + row);
                        }
                        assertEquals(InterleavedRows.bytesOf(stored), copies.bytes());
                    }
                    assertNull(weights.of(stored));
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void productsAgreeWithPlainLoops(TensorType type) {
        Random random = new Random(type.ordinal());
        try (WorkerPool one = new WorkerPool(1); WorkerPool two = new WorkerPool(2); WorkerPool three = new WorkerPool(3)) {
            Ops[] fast = {new VectorOps(one), new VectorOps(two), new VectorOps(three)};
            Ops truth = new ScalarOps(two);
            for (int cols : lengths(type)) {
                for (int rows : ROWS) {
                    Tensor weight = StoredWeights.random(type, rows, cols, random);
                    for (int tokens : TOKENS) {
                        if ((long) rows * cols * tokens < LARGE || rows == 33) {
                            check(fast, truth, weight, StoredWeights.gaussian(tokens * cols, random), tokens);
                        }
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void extremeScalesAndQuants(TensorType type) {
        try (WorkerPool pool = new WorkerPool(2)) {
            Ops[] fast = {new VectorOps(pool)};
            Ops truth = new ScalarOps(pool);
            for (int fill : new int[] {0x00, 0xff, 0x0f, 0xf0, 0x80, 0x55}) {
                Tensor weight = withHalves(StoredWeights.random(type, 33, 768, new Random(fill)), (byte) fill, HALVES);
                check(fast, truth, weight, StoredWeights.gaussian(768, new Random(5)), 1);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void zerosGiveZerosAndInfinitiesShow(TensorType type) {
        try (WorkerPool pool = new WorkerPool(2)) {
            VectorOps ops = new VectorOps(pool);
            Tensor weight = StoredWeights.random(type, 40, 256, new Random(1));
            for (boolean exact : new boolean[] {true, false}) {
                try (PreparedWeights copies = ops.prepare(List.of(weight), exact)) {
                    assertTrue(copies.bytes() > 0);
                    float[] out = new float[40];
                    Arrays.fill(out, 5);
                    ops.matMul(weight, new float[256], out, 1);
                    for (float value : out) {
                        assertEquals(0f, Math.abs(value));
                    }
                    for (float bad : new float[] {Float.POSITIVE_INFINITY, Float.NaN}) {
                        float[] x = new float[256];
                        x[100] = bad;
                        ops.matMul(weight, x, out, 1);
                        for (float value : out) {
                            assertFalse(Float.isFinite(value));
                        }
                    }
                }
            }
        }
    }

    /** Sums that fill sixteen bits, and activations that stand out or are next to nothing. */
    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    void extremeActivations(TensorType type) {
        try (WorkerPool pool = new WorkerPool(2)) {
            Ops ops = new VectorOps(pool);
            Ops truth = new RoundedOps(new ScalarOps(pool));
            for (int fill : new int[] {0x00, 0xff, 0x0f, 0xf0, 0x80, 0x55}) {
                Tensor weight = withHalves(StoredWeights.random(type, 33, 768, new Random(fill)), (byte) fill, 0x2c00, 0x3000);
                for (float[] x : extremes(768)) {
                    float[] expected = new float[33];
                    truth.matMul(weight, x, expected, 1);
                    float[] got = new float[33];
                    try (PreparedWeights copies = ops.prepare(List.of(weight), false)) {
                        ops.matMul(weight, x, got, 1);
                    }
                    assertArrayEquals(expected, got, (float) (OF_THE_LARGEST * largest(weight) * sum(x)), weight + " of " + fill);
                }
            }
        }
    }

    private static double largest(Tensor weight) {
        float[] row = new float[(int) weight.cols()];
        double largest = 0;
        for (int i = 0; i < weight.rows(); i++) {
            weight.decodeRow(i, row, 0);
            for (float value : row) {
                largest = Math.max(largest, Math.abs(value));
            }
        }
        return largest;
    }

    private static double sum(float[] x) {
        double sum = Float.MIN_NORMAL;
        for (float value : x) {
            sum += Math.abs(value);
        }
        return sum;
    }

    private static List<float[]> extremes(int cols) {
        float[] equal = new float[cols];
        Arrays.fill(equal, 1);
        float[] negative = new float[cols];
        Arrays.fill(negative, -0.3f);
        float[] alternating = new float[cols];
        float[] lonely = new float[cols];
        float[] tiny = StoredWeights.gaussian(cols, new Random(3));
        float[] wide = StoredWeights.gaussian(cols, new Random(4));
        for (int i = 0; i < cols; i++) {
            alternating[i] = i % 2 == 0 ? 2 : -2;
            lonely[i] = i % 16 == i / 16 % 16 ? -7 : 1e-3f;
            tiny[i] *= i % 3 == 0 ? 1e-38f : 1e-33f;
            wide[i] *= (float) Math.pow(10, i % 37 - 18);
        }
        return List.of(equal, negative, alternating, lonely, tiny, wide);
    }

    /** The kernels would take them for finite numbers. */
    @Test
    void aMatrixWithAnInfiniteScaleIsReadAsItIsStored() {
        try (WorkerPool pool = new WorkerPool(2)) {
            for (int bits : new int[] {0x7c00, 0xfc00, 0x7e01}) {
                Tensor weight = withHalves(StoredWeights.random(TensorType.Q4_0, 640, 32, new Random(1)), (byte) 0x77, 0x3c00);
                weight.data().set(HALF, 639 * weight.rowBytes(), (short) bits);
                Tensor sound = StoredWeights.random(TensorType.Q4_0, 32, 32, new Random(1));
                InterleavedWeights weights = new InterleavedWeights();
                try (PreparedWeights copies = weights.add(List.of(weight, sound), true, pool)) {
                    assertTrue(copies.bytes() > 0);
                    assertNull(weights.of(weight));
                    assertNotNull(weights.of(sound));
                }
            }
        }
    }

    @Test
    void copiesTakeAboutAsMuchMemoryAsWhatIsStored() {
        for (TensorType type : TensorType.values()) {
            Tensor weight = StoredWeights.random(type, 896, 768, new Random(1));
            long bytes = InterleavedRows.bytesOf(weight);
            boolean copied = switch (type) {
                case Q4_0, Q4_1, Q5_0, Q5_1, Q4_K, Q5_K, Q6_K -> true;
                case F32, F16, BF16, Q8_0 -> false;
            };
            assertEquals(copied, bytes > 0, type.toString());
            assertTrue(bytes <= LITTLE_MORE * weight.bytes(), type + " takes " + bytes + " for " + weight.bytes());
        }
    }

    private static int[] lengths(TensorType type) {
        return Arrays.stream(LENGTHS).filter(cols -> cols % type.blockSize() == 0).toArray();
    }

    /** With floats against the plain loops, and with rounded activations against the plain loops over rounded ones. */
    private static void check(Ops[] fast, Ops truth, Tensor weight, float[] x, int tokens) {
        check(fast, truth, weight, x, tokens, true);
        check(fast, new RoundedOps(truth), weight, x, tokens, false);
    }

    private static void check(Ops[] fast, Ops truth, Tensor weight, float[] x, int tokens, boolean exact) {
        int rows = (int) weight.rows();
        boolean copied = PreparedWeights.bytesOf(weight) > 0 && tokens < PROMPT;
        if (!exact && !copied) {
            return;
        }
        float[] expected = new float[tokens * rows];
        truth.matMul(weight, x, expected, tokens);
        float[] first = null;
        for (Ops ops : fast) {
            float[] got = new float[tokens * rows];
            Arrays.fill(got, Float.NaN);
            try (PreparedWeights copies = ops.prepare(List.of(weight), exact)) {
                ops.matMul(weight, x, got, tokens);
            }
            first = first == null ? got : first;
            assertArrayEquals(first, got, ops.words() + " differs from one thread");
        }
        MatMulParityTest.assertClose(weight, x, expected, first, tokens);
    }

    /** All bytes {@code fill}, and the halves of the blocks in turn the given ones. */
    private static Tensor withHalves(Tensor weight, byte fill, int... halves) {
        MemorySegment data = weight.data().fill(fill);
        int next = 0;
        for (long at = 0; at < data.byteSize(); at += weight.type().blockBytes()) {
            switch (weight.type()) {
                case Q4_0, Q5_0 -> data.set(HALF, at, (short) halves[next++ % halves.length]);
                case Q4_1, Q5_1, Q4_K, Q5_K -> {
                    data.set(HALF, at, (short) halves[next++ % halves.length]);
                    data.set(HALF, at + 2, (short) halves[next++ % halves.length]);
                }
                case Q6_K -> data.set(HALF, at + 208, (short) halves[next++ % halves.length]);
                case F32, F16, BF16, Q8_0 -> throw new IllegalArgumentException(weight.toString());
            }
        }
        return weight;
    }
}
