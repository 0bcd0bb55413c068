package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.stage.RopeTable;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Dual Chunk Attention against its definition (section 3 of arXiv 2402.17463, and the published code's variant): a full matrix of
 * scores in double precision, from the positions alone.
 */
class DualChunkParityTest {
    private static final double TOLERANCE = 2e-5;
    private static final double BASE = 10_000;
    private static final int LENGTH = 230;
    private static final int HEADS = 4;
    private static final int KV_HEADS = 2;

    @ParameterizedTest
    @CsvSource({
        "6, 2, 8, false", "6, 2, 8, true", "20, 4, 32, false", "20, 4, 32, true", "100, 36, 16, false", "70, 6, 64, false",
        "150, 100, 16, true", "150, 100, 16, false", "500, 100, 32, false"})
    void followsTheDefinition(int chunkSize, int localSize, int headDim, boolean paper) {
        DualChunk chunks = new DualChunk(chunkSize, localSize, 0, paper);
        Random random = new Random(chunkSize);
        float[] q = StoredWeights.gaussian(LENGTH * HEADS * headDim, random);
        float[] k = StoredWeights.gaussian(LENGTH * KV_HEADS * headDim, random);
        float[] v = StoredWeights.gaussian(LENGTH * KV_HEADS * headDim, random);
        double[] expected = fromTheDefinition(chunks, q, k, v, headDim);
        try (WorkerPool one = new WorkerPool(1); WorkerPool three = new WorkerPool(3)) {
            for (Ops ops : new Ops[] {new ScalarOps(one), new VectorOps(one), new VectorOps(three)}) {
                for (int batch : new int[] {LENGTH, 33, 1}) {
                    float[] got = run(ops, chunks, q, k, v, headDim, batch);
                    for (int i = 0; i < got.length; i++) {
                        assertEquals(expected[i], got[i], TOLERANCE, ops.words() + ", batch " + batch + ", element " + i);
                    }
                }
            }
        }
    }

    private static float[] run(Ops ops, DualChunk chunks, float[] q, float[] k, float[] v, int headDim, int batch) {
        AttentionPolicy policy = new AttentionPolicy(
                RopeTable.plain(BASE, headDim), PositionScale.none(), PositionScale.none(), 0, chunks);
        int width = HEADS * headDim;
        int kvWidth = KV_HEADS * headDim;
        float[] out = new float[LENGTH * width];
        try (KvCache cache = new KvCache(KV_HEADS, headDim, LENGTH, KvType.F32)) {
            for (int position = 0; position < LENGTH; position += batch) {
                int tokens = Math.min(batch, LENGTH - position);
                float[] queries = new float[policy.turns() * tokens * width];
                System.arraycopy(q, position * width, queries, 0, tokens * width);
                float[] keys = Arrays.copyOfRange(k, position * kvWidth, (position + tokens) * kvWidth);
                float[] values = Arrays.copyOfRange(v, position * kvWidth, (position + tokens) * kvWidth);
                ops.turnQueries(queries, policy, tokens, HEADS, position);
                ops.turnKeys(keys, policy, tokens, KV_HEADS, position);
                cache.append(keys, values, tokens);
                float[] part = new float[tokens * width];
                ops.attention(queries, cache, policy, part, tokens, HEADS, position);
                System.arraycopy(part, 0, out, position * width, part.length);
            }
        }
        return out;
    }

    private static double[] fromTheDefinition(DualChunk chunks, float[] q, float[] k, float[] v, int headDim) {
        int s = chunks.chunkSize() - chunks.localSize();
        int c = chunks.chunkSize();
        double[] out = new double[LENGTH * HEADS * headDim];
        for (int head = 0; head < HEADS; head++) {
            int kvHead = head / (HEADS / KV_HEADS);
            for (int i = 0; i < LENGTH; i++) {
                double[] weights = new double[i + 1];
                for (int j = 0; j <= i; j++) {
                    int chunksApart = i / s - j / s;
                    int position = switch (chunksApart) {
                        case 0 -> i % s;
                        case 1 -> Math.min(s + i % s, chunks.paper() ? c - 1 : c);
                        default -> chunks.paper() ? c - 1 : Math.min(2 * s - 1, c);
                    };
                    double score = score(
                            q, (i * HEADS + head) * headDim, position, k, (j * KV_HEADS + kvHead) * headDim, j % s, headDim);
                    weights[j] = Math.exp(score / Math.sqrt(headDim));
                }
                double sum = Arrays.stream(weights).sum();
                for (int j = 0; j <= i; j++) {
                    for (int d = 0; d < headDim; d++) {
                        out[(i * HEADS + head) * headDim + d] += weights[j] / sum * v[(j * KV_HEADS + kvHead) * headDim + d];
                    }
                }
            }
        }
        return out;
    }

    /** RoPE(q, m) · RoPE(k, n): each pair as a complex number, turned by the difference of the positions. */
    private static double score(float[] q, int query, int m, float[] k, int key, int n, int headDim) {
        double sum = 0;
        int half = headDim / 2;
        for (int i = 0; i < half; i++) {
            double angle = (m - n) * Math.pow(BASE, -2.0 * i / headDim);
            double real = (double) q[query + i] * k[key + i] + (double) q[query + half + i] * k[key + half + i];
            double imaginary = (double) q[query + half + i] * k[key + i] - (double) q[query + i] * k[key + half + i];
            sum += real * Math.cos(angle) - imaginary * Math.sin(angle);
        }
        return sum;
    }
}
