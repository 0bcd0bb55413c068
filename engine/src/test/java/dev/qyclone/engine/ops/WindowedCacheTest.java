package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A cache that drops what its window hides, against one that keeps all. */
class WindowedCacheTest {
    private static final int KV_HEADS = 2;
    private static final int HEADS = 4;
    private static final int HEAD_DIM = 8;
    private static final int CONTEXT = 3000;
    private static final int PAGE = KvCache.PAGE;

    @ParameterizedTest
    @CsvSource({"1,F32", "2,F32", "16,F32", "16,F16", "255,F32", "256,F32", "257,F16", "258,F32", "1000,F32", "2999,F32"})
    void attentionIsThatOfAFullCacheBitForBit(int window, KvType type) {
        Random random = new Random(window);
        AttentionPolicy policy = AttentionPolicy.windowed(RopeTable.plain(10000, HEAD_DIM), window);
        int[] counts = {1, 1, 63, 64, 255, 256, 257, 1, 7, 512, 1, 300, 700, 1, 2};
        try (WorkerPool pool = new WorkerPool(2); KvCache full = cache(0, type); KvCache ring = cache(window, type)) {
            for (Ops ops : new Ops[] {new VectorOps(pool), new ScalarOps(pool)}) {
                full.truncate(0);
                ring.truncate(0);
                for (int count : counts) {
                    int position = full.length();
                    append(random, count, full, ring);
                    float[] q = StoredWeights.gaussian(count * HEADS * HEAD_DIM, random);
                    float[] expected = new float[q.length];
                    float[] got = new float[q.length];
                    ops.attention(q, full, policy, expected, count, HEADS, position);
                    ops.attention(q, ring, policy, got, count, HEADS, position);
                    assertArrayEquals(expected, got, () -> count + " tokens at " + position + " by " + ops.words());
                    requireEqualRows(full, ring);
                }
            }
        }
    }

    private static void requireEqualRows(KvCache full, KvCache ring) {
        for (int position = ring.firstHeld(); position < ring.length(); position++) {
            assertEquals(full.key(position, 1, 3), ring.key(position, 1, 3));
            assertEquals(full.value(position, 0, 5), ring.value(position, 0, 5));
        }
    }

    @Test
    void memoryStopsGrowing() {
        Random random = new Random(1);
        try (KvCache ring = cache(300, KvType.F32)) {
            long most = 0;
            for (int i = 0; i < 40; i++) {
                append(random, 70, ring);
                most = i == 20 ? ring.bytes() : most;
            }
            assertEquals(most, ring.bytes());
            assertEquals(2800, ring.length());
            // 300 + 70 - 1 neighbouring positions touch 3 pages at most.
            assertTrue(ring.bytes() <= ring.bytesFor(3 * PAGE), () -> ring.bytes() + " bytes");
        }
    }

    @Test
    void droppedPositionsAreRefused() {
        try (KvCache ring = cache(16, KvType.F32)) {
            for (int i = 0; i < 5; i++) {
                append(new Random(i), PAGE, ring);
            }
            int held = ring.firstHeld();
            assertTrue(held > 0 && held <= ring.length() - 16, "held from " + held);
            ring.key(held, 0, 0);
            assertThrows(IndexOutOfBoundsException.class, () -> ring.key(held - 1, 0, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> ring.value(held - 1, 0, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> ring.value(ring.length(), 0, 0));
        }
    }

    @Test
    void truncationStopsWhereTheNextQueryWouldMissRows() {
        try (KvCache ring = cache(16, KvType.F32); KvCache full = cache(0, KvType.F32)) {
            for (int i = 0; i < 5; i++) {
                append(new Random(i), PAGE, ring, full);
            }
            int held = ring.firstHeld();
            assertTrue(ring.canTruncate(ring.length()) && ring.canTruncate(held + 15) && ring.canTruncate(0));
            assertFalse(ring.canTruncate(held + 14) || ring.canTruncate(1) || ring.canTruncate(-1) || ring.canTruncate(ring.length() + 1));
            assertTrue(full.canTruncate(1));
            assertThrows(IllegalArgumentException.class, () -> ring.truncate(held + 14));
            assertEquals(5 * PAGE, ring.length());
            ring.truncate(held + 15);
            full.truncate(held + 15);
            append(new Random(9), 3 * PAGE, ring, full);
            requireEqualRows(full, ring);
            ring.truncate(0);
            assertEquals(0, ring.firstHeld());
            append(new Random(9), 20, ring);
            ring.key(0, 0, 0);
        }
    }

    private static KvCache cache(int window, KvType type) {
        return new KvCache(KV_HEADS, HEAD_DIM, CONTEXT, type, window);
    }

    private static void append(Random random, int count, KvCache... caches) {
        float[] k = StoredWeights.gaussian(count * KV_HEADS * HEAD_DIM, random);
        float[] v = StoredWeights.gaussian(count * KV_HEADS * HEAD_DIM, random);
        for (KvCache cache : caches) {
            cache.append(k, v, count);
        }
    }
}
