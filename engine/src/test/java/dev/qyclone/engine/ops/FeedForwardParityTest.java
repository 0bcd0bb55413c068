package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.tensor.TensorType;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The fused feed-forward network against its three products and the gate between them. */
class FeedForwardParityTest {
    /**
     * Distance of all results together, relative to the sums of their terms' magnitudes: sums of random terms can come out near zero,
     * and so can the one that a network of width 1 has between its products, whose error then is some roundings of larger terms.
     */
    private static final double DISTANCE = 3e-5;
    /** Around a vector, two vectors and a group of 512 tokens, for every shape of vectors. */
    private static final int[] TOKENS = {1, 3, 4, 7, 8, 9, 16, 17, 31, 32, 33, 48, 65};
    private static final int[] DIMS = {1, 7, 32, 207, 256, 513, 768};
    private static final int[] WIDTHS = {1, 6, 7, 31, 32, 50, 256, 768};

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void fusedAgreesWithPlainSteps(TensorType type) {
        Random random = new Random(type.ordinal());
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = new WorkerPool(3)) {
            for (int dim : whole(DIMS, type)) {
                for (int width : whole(WIDTHS, type)) {
                    FeedForward.Dense network = network(type, dim, width, random);
                    Ops[] fast = {new VectorOps(one), new VectorOps(three)};
                    for (int tokens : TOKENS) {
                        if (tokens < 33 || dim < 300) {
                            check(fast, new ScalarOps(three), network, tokens, random);
                        }
                    }
                }
            }
        }
    }

    @Test
    void moreTokensThanShareOneDecoding() {
        Random random = new Random(5);
        try (WorkerPool two = new WorkerPool(2)) {
            Ops[] fast = {new VectorOps(two)};
            FeedForward.Dense network = network(TensorType.Q8_0, 64, 96, random);
            for (int tokens : new int[] {512, 513, 1025, 4, 530}) {
                check(fast, new ScalarOps(two), network, tokens, random);
            }
        }
    }

    @Test
    void aCallLeavesNothingToTheNext() {
        Random random = new Random(6);
        try (WorkerPool two = new WorkerPool(2)) {
            Ops ops = new VectorOps(two);
            FeedForward.Dense network = network(TensorType.F32, 33, 50, random);
            float[] spoilt = new float[40 * 33];
            Arrays.fill(spoilt, Float.NaN);
            ops.feedForward(network, spoilt, new float[40 * 50], new float[40 * 50], new float[40 * 33], 40);
            for (int tokens : new int[] {5, 20, 40}) {
                check(new Ops[] {ops}, new ScalarOps(two), network, tokens, random);
            }
        }
    }

    private static int[] whole(int[] sizes, TensorType type) {
        return Arrays.stream(sizes).filter(n -> n % type.blockSize() == 0).toArray();
    }

    private static FeedForward.Dense network(TensorType type, int dim, int width, Random random) {
        return new FeedForward.Dense(StoredWeights.random(type, width, dim, random), StoredWeights.random(type, width, dim, random),
                StoredWeights.random(type, dim, width, random));
    }

    private static void check(Ops[] fast, Ops truth, FeedForward.Dense network, int tokens, Random random) {
        int dim = (int) network.gate().cols();
        int width = (int) network.gate().rows();
        float[] x = StoredWeights.gaussian(tokens * dim, random);
        float[] expected = run(truth, network, x, tokens, dim, width);
        float[] first = run(fast[0], network, x, tokens, dim, width);
        double difference = 0;
        double magnitude = 0;
        double[] magnitudes = magnitudes(truth, network, x, tokens);
        for (int i = 0; i < expected.length; i++) {
            difference += Math.pow((double) expected[i] - first[i], 2);
            magnitude += Math.pow(magnitudes[i], 2);
        }
        assertTrue(difference <= DISTANCE * DISTANCE * magnitude,
                network + ", " + tokens + " tokens: " + Math.sqrt(difference / magnitude));
        for (Ops ops : fast) {
            assertArrayEquals(first, run(ops, network, x, tokens, dim, width), ops.words() + " differs");
        }
    }

    /** Of each result, the sum of the magnitudes of what the last product adds up. */
    private static double[] magnitudes(Ops truth, FeedForward.Dense network, float[] x, int tokens) {
        int dim = (int) network.down().rows();
        int width = (int) network.down().cols();
        float[] hidden = new float[tokens * width];
        float[] up = new float[tokens * width];
        truth.matMul(network.gate(), x, hidden, tokens);
        truth.matMul(network.up(), x, up, tokens);
        truth.swiGlu(hidden, up, tokens * width);
        double[] magnitudes = new double[tokens * dim];
        float[] row = new float[width];
        for (int d = 0; d < dim; d++) {
            network.down().decodeRow(d, row, 0);
            for (int t = 0; t < tokens; t++) {
                for (int i = 0; i < width; i++) {
                    magnitudes[t * dim + d] += Math.abs((double) row[i] * hidden[t * width + i]);
                }
            }
        }
        return magnitudes;
    }

    private static float[] run(Ops ops, FeedForward.Dense network, float[] x, int tokens, int dim, int width) {
        float[] out = new float[tokens * dim];
        Arrays.fill(out, Float.NaN);
        ops.feedForward(network, x, new float[tokens * width], new float[tokens * width], out, tokens);
        return out;
    }
}
