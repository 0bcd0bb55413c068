package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class SamePaceTest {
    private static final Effort EFFORT = new Effort(1, 0, 3, 2, 20, 1);
    private static final double ROUNDING = 1e-12;

    private final Deque<Double> coming = new ArrayDeque<>();
    private double now;
    private long nanos;
    private int looks;

    /** Each look takes a second; when none comes any more, the pace stays. */
    private Gauges gauges(double... paces) {
        for (double pace : paces) {
            coming.add(pace);
        }
        return new Gauges(() -> nanos, () -> {
            nanos += 1_000_000_000;
            looks++;
            now = coming.isEmpty() ? now : coming.remove();
            return now;
        });
    }

    /** A round takes a second, too. */
    private boolean round(SamePace pace) {
        nanos += 1_000_000_000;
        return pace.kept();
    }

    @Test
    void aSlowerMachineIsWaitedFor() {
        SamePace pace = new SamePace(gauges(1, 0.9, 0.5, 0.5, 0.5, 1.1), EFFORT);
        assertTrue(round(pace));
        assertTrue(round(pace), "0.9 is much the same");
        assertTrue(round(pace));
        assertEquals(6, looks, "looked until 1.1 came");
        assertEquals(1, pace.median(), ROUNDING);
    }

    @Test
    void whatWasMeasuredWhileTheMachineWasSlowDoesNotCount() {
        SamePace pace = new SamePace(gauges(0.5, 0.5, 1, 1), EFFORT);
        assertEquals(List.of(true, true, false, true), List.of(round(pace), round(pace), round(pace), round(pace)));
        assertEquals(1, pace.median(), ROUNDING);
    }

    @Test
    void patienceEnds() {
        SamePace pace = new SamePace(gauges(1, 0.5), EFFORT);
        for (int i = 0; i < 5; i++) {
            assertTrue(round(pace));
        }
        assertTrue(looks <= 10 + 5, "half of the time that rounds may take, and a look each");
        assertEquals(0.5, pace.median(), ROUNDING);
    }

    @Test
    void theHostHasAPace() {
        assertTrue(new HostPace(2).getAsDouble() > 0);
    }
}
