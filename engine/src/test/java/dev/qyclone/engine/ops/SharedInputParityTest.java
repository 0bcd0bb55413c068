package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Matrices that are worked on together give the bits that each gives alone; those are held to the plain form elsewhere. */
class SharedInputParityTest {
    private static final int COLS = 512;
    /** Fewer rows than a group has, one more than some groups, and so many that every thread gets parts of it. */
    private static final int[] ROWS = {144, 7, 33, 1000};

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void ofOneType(TensorType type) {
        check(type, type, type, type);
    }

    @Test
    void ofSeveralTypes() {
        check(TensorType.Q4_K, TensorType.Q4_K, TensorType.Q6_K, TensorType.F32);
        check(TensorType.Q8_0, TensorType.Q4_0, TensorType.Q8_0, TensorType.Q8_0);
    }

    private static void check(TensorType... types) {
        Random random = new Random(types[1].ordinal());
        Tensor[] weights = new Tensor[types.length];
        for (int i = 0; i < types.length; i++) {
            weights[i] = StoredWeights.random(types[i], ROWS[i], COLS, random);
        }
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = new WorkerPool(3)) {
            for (Copies copies : Copies.values()) {
                Ops alone = new VectorOps(one);
                Ops together = new VectorOps(three);
                try (PreparedWeights a = copies.of(alone, weights); PreparedWeights b = copies.of(together, weights)) {
                    for (int tokens : new int[] {1, 2, 3, 4, 9}) {
                        float[] x = StoredWeights.gaussian(tokens * COLS, random);
                        float[][] expected = outs(weights, tokens);
                        for (int i = 0; i < weights.length; i++) {
                            alone.matMul(weights[i], x, expected[i], tokens);
                        }
                        float[][] got = outs(weights, tokens);
                        together.matMuls(weights, x, got, tokens);
                        for (int i = 0; i < weights.length; i++) {
                            assertArrayEquals(expected[i], got[i], types[i] + ", " + copies + ", " + tokens + " tokens");
                        }
                    }
                }
            }
        }
    }

    /** The gate's activation behind the rows of each part, against the three steps one after the other. */
    @ParameterizedTest
    @EnumSource(TensorType.class)
    void gateAndUp(TensorType type) {
        gateAndUp(type, type);
    }

    @Test
    void gateAndUpOfTwoTypes() {
        gateAndUp(TensorType.Q4_K, TensorType.Q6_K);
        gateAndUp(TensorType.Q8_0, TensorType.Q4_0);
    }

    private static void gateAndUp(TensorType gateType, TensorType upType) {
        Random random = new Random(gateType.ordinal());
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = new WorkerPool(3)) {
            for (int width : new int[] {256, 768, 1024}) {
                FeedForward.Dense network = new FeedForward.Dense(StoredWeights.random(gateType, width, COLS, random),
                        StoredWeights.random(upType, width, COLS, random), StoredWeights.random(gateType, COLS, width, random));
                Tensor[] weights = {network.gate(), network.up(), network.down()};
                for (Copies copies : Copies.values()) {
                    Ops steps = new VectorOps(one);
                    Ops together = new VectorOps(three);
                    try (PreparedWeights a = copies.of(steps, weights); PreparedWeights b = copies.of(together, weights)) {
                        for (int tokens : new int[] {1, 3}) {
                            float[] x = StoredWeights.gaussian(tokens * COLS, random);
                            float[] gate = new float[tokens * width];
                            float[] up = new float[tokens * width];
                            float[] expected = new float[tokens * COLS];
                            steps.matMul(network.gate(), x, gate, tokens);
                            steps.matMul(network.up(), x, up, tokens);
                            steps.swiGlu(gate, up, tokens * width);
                            steps.matMul(network.down(), gate, expected, tokens);
                            float[] got = new float[tokens * COLS];
                            together.feedForward(network, x, new float[tokens * width], new float[tokens * width], got, tokens);
                            assertArrayEquals(expected, got, gateType + ", " + copies + ", " + width + ", " + tokens + " tokens");
                        }
                    }
                }
            }
        }
    }

    private static float[][] outs(Tensor[] weights, int tokens) {
        float[][] outs = new float[weights.length][];
        for (int i = 0; i < outs.length; i++) {
            outs[i] = new float[tokens * Math.toIntExact(weights[i].rows())];
            Arrays.fill(outs[i], Float.NaN);
        }
        return outs;
    }

    private enum Copies {
        NONE, EXACT, ROUNDED, OF_THE_FIRST;

        PreparedWeights of(Ops ops, Tensor[] weights) {
            return switch (this) {
                case NONE -> PreparedWeights.NONE;
                case EXACT -> ops.prepare(List.of(weights), true);
                case ROUNDED -> ops.prepare(List.of(weights), false);
                case OF_THE_FIRST -> ops.prepare(List.of(weights[0]), false);
            };
        }
    }
}
