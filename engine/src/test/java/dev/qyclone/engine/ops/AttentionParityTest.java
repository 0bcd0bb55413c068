package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Attention by vectors against plain loops, around the borders of blocks, chunks, pages and spans. */
class AttentionParityTest {
    /** Results are weighted means of values of size 1. */
    private static final float TOLERANCE = 4e-6f;
    private static final int[] LENGTHS = {1, 7, 8, 9, 63, 64, 65, 255, 256, 257, 600, 1024, 1025, 2100};

    @ParameterizedTest
    @CsvSource({"64,2,14", "64,2,2", "32,2,4", "128,1,7", "6,3,6", "20,1,2", "64,1,40"})
    void oneTokenAtManyLengths(int headDim, int kvHeads, int heads) {
        for (KvType type : KvType.values()) {
            Random random = new Random(headDim);
            try (Rig rig = new Rig(kvHeads, headDim, 2100, type)) {
                for (int length : LENGTHS) {
                    rig.fill(length, random);
                    rig.check(1, heads, length - 1, random, 1);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"64,2,14", "64,2,2", "32,2,4", "128,1,7", "6,3,6", "20,1,2", "64,1,40"})
    void manyTokensAtManyLengths(int headDim, int kvHeads, int heads) {
        for (KvType type : KvType.values()) {
            Random random = new Random(headDim);
            try (Rig rig = new Rig(kvHeads, headDim, 700, type)) {
                for (int length : new int[] {9, 63, 257, 300, 600}) {
                    rig.fill(length, random);
                    for (int tokens : new int[] {2, 5, 8, 33}) {
                        if (tokens <= length) {
                            rig.check(tokens, heads, length - tokens, random, 1);
                        }
                    }
                }
                rig.check(600, heads, 0, random, 1);
            }
        }
    }

    @Test
    void severalTokensOverSeveralSpans() {
        Random random = new Random(5);
        try (Rig rig = new Rig(2, 64, 2100, KvType.F32)) {
            for (int length : new int[] {1023, 1024, 1025, 1026, 2049}) {
                rig.fill(length, random);
                rig.check(3, 14, length - 3, random, 1);
            }
        }
    }

    @Test
    void extremeScoresStayFinite() {
        Random random = new Random(6);
        try (Rig rig = new Rig(2, 64, 1300, KvType.F32)) {
            rig.fill(1300, random);
            for (float size : new float[] {0, 1e-30f, 30, 1e4f}) {
                rig.check(1, 14, 1299, random, size);
                rig.check(5, 14, 1295, random, size);
            }
        }
    }

    @Test
    void slotsThatATruncationLeftDoNotCount() {
        Random random = new Random(7);
        for (KvType type : KvType.values()) {
            try (Rig rig = new Rig(2, 64, 600, type)) {
                float[] poison = new float[600 * 128];
                Arrays.fill(poison, Float.NaN);
                rig.cache.append(poison, poison, 600);
                for (int length : new int[] {1, 7, 63, 65, 257, 300}) {
                    rig.fill(length, random);
                    rig.check(1, 14, length - 1, random, 1);
                    rig.check(Math.min(5, length), 14, length - Math.min(5, length), random, 1);
                }
            }
        }
    }

    /** Halves hold up to 65504; what lies beyond must not come back as a number. */
    @ParameterizedTest
    @ValueSource(ints = {1, 2, 33})
    void aKeyOrValueThatIsNoHalfIsNotTakenForOne(int tokens) {
        Random random = new Random(8);
        for (float outside : new float[] {70000, Float.NaN}) {
            for (boolean inKey : new boolean[] {true, false}) {
                try (Rig rig = new Rig(2, 64, 600, KvType.F16)) {
                    float[] k = StoredWeights.gaussian(300 * 128, random);
                    float[] v = StoredWeights.gaussian(300 * 128, random);
                    (inKey ? k : v)[200 * 128] = outside;
                    rig.cache.append(k, v, 300);
                    float[] q = new float[tokens * 14 * 64];
                    Arrays.fill(q, 1);
                    float[] out = new float[q.length];
                    for (Ops ops : rig.fast) {
                        ops.attention(q, rig.cache, rig.policy, out, tokens, 14, 300 - tokens);
                        assertFalse(Float.isFinite(out[0]), outside + " in a " + (inKey ? "key" : "value") + " gave " + out[0]);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 7, 63, 64, 65, 300, 1100, 5000})
    void windowsOfAnyWidth(int window) {
        Random random = new Random(window);
        try (Rig rig = new Rig(2, 32, 2100, KvType.F32)) {
            rig.window(window);
            rig.fill(2100, random);
            for (int tokens : new int[] {1, 5, 33}) {
                for (int position : new int[] {0, 1, 62, 255, 256, 1023, 2050}) {
                    rig.check(tokens, 4, position, random, 1);
                }
            }
        }
    }

    /** A cache and the ops that read it. */
    private static final class Rig implements AutoCloseable {
        private final WorkerPool one = new WorkerPool(1);
        private final WorkerPool two = new WorkerPool(2);
        private final WorkerPool three = new WorkerPool(3);
        private final Ops truth = new ScalarOps(two);
        private final Ops[] fast = {new VectorOps(one), new VectorOps(two), new VectorOps(three)};
        private final KvCache cache;
        private AttentionPolicy policy;

        Rig(int kvHeads, int headDim, int context, KvType type) {
            cache = new KvCache(kvHeads, headDim, context, type);
            policy = AttentionPolicy.full(RopeTable.plain(10000, headDim));
        }

        void window(int positions) {
            policy = AttentionPolicy.windowed(policy.rope(), positions);
        }

        void fill(int length, Random random) {
            cache.truncate(0);
            int size = length * cache.kvHeads() * cache.headDim();
            cache.append(StoredWeights.gaussian(size, random), StoredWeights.gaussian(size, random), length);
        }

        void check(int tokens, int heads, int position, Random random, float size) {
            int count = tokens * heads * cache.headDim();
            float[] q = StoredWeights.gaussian(count, random);
            for (int i = 0; i < count; i++) {
                q[i] *= size;
            }
            float[] expected = new float[count];
            truth.attention(q, cache, policy, expected, tokens, heads, position);
            float[] first = null;
            for (Ops ops : fast) {
                float[] got = new float[count];
                Arrays.fill(got, Float.NaN);
                ops.attention(q, cache, policy, got, tokens, heads, position);
                if (first == null) {
                    first = got;
                    for (int i = 0; i < count; i++) {
                        int at = i;
                        assertEquals(expected[i], got[i], TOLERANCE * Math.max(1, size),
                                () -> tokens + " tokens at " + position + ", " + cache.type() + ", element " + at);
                    }
                }
                assertArrayEquals(first, got, ops.words() + " differs from one thread");
            }
        }

        @Override
        public void close() {
            cache.close();
            one.close();
            two.close();
            three.close();
        }
    }
}
