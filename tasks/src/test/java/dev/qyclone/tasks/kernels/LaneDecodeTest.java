package dev.qyclone.tasks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Into how many shares a single token's keys go, and that rings keep the row that one of them writes away from the others. */
class LaneDecodeTest {
    /** By tiles of 16 keys, of which a share has at least 15. */
    @ParameterizedTest
    @CsvSource({"0,0,8,1", "463,0,8,1", "464,0,8,2", "4095,0,2,2", "4095,0,64,17", "719,0,8,3", "100000,512,8,2", "100000,1,8,1",
            "100000,0,1,1"})
    void aShareHas240KeysAtLeast(int position, int window, int splits, int shares) {
        assertEquals(shares, LaneDecode.shares(position, window, splits));
    }

    /** The tile in which the last share writes is read by no other, wherever in a ring it lies. */
    @ParameterizedTest
    @ValueSource(ints = {1, 5, 16, 497, 500, 512, 4096})
    void theLastTileIsNeverTheFirst(int window) {
        int capacity = CacheRows.ring(window, 1);
        for (int position = window; position < window + 2 * capacity; position++) {
            int first = CacheRows.firstVisible(position, window) / CacheRows.LANES;
            int last = position / CacheRows.LANES;
            if (last > first) {
                assertNotEquals(first * CacheRows.LANES % capacity, last * CacheRows.LANES % capacity, "position " + position);
            }
        }
    }
}
