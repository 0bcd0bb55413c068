package dev.qyclone.peers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Rates from the times of two calls. */
class TimesTest {
    private static final long SECOND = 1_000_000_000;

    @Test
    void aDisturbedRoundDecidesNothing() {
        Times times = new Times(100, 30);
        times.add(2 * SECOND, 5 * SECOND);
        times.add(2 * SECOND, 50 * SECOND);
        times.add(2 * SECOND, 5 * SECOND);
        assertEquals(50, times.prefill(), 1e-9);
        assertEquals(10, times.decode(), 1e-9);
        assertEquals("0.6-10.0", times.decodeRange());
        assertEquals("50.0-50.0", times.prefillRange());
    }

    @Test
    void thereIsNoRateWhereMoreIdsTookNoLonger() {
        Times times = new Times(100, 30);
        times.add(2 * SECOND, 2 * SECOND);
        assertTrue(Double.isNaN(times.decode()));
        assertEquals("none", times.decodeRange());
    }

    @Test
    void aRoundWhoseLongerCallTookNoLongerHasNoRate() {
        Times times = new Times(100, 30);
        times.add(3 * SECOND, 2 * SECOND);
        times.add(2 * SECOND, 5 * SECOND);
        assertEquals("10.0-10.0", times.decodeRange());
    }
}
