package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

class CallSplitTest {
    private static final double ROUNDING = 1e-12;
    private static final Timing NONE = Timing.exactly(0);

    @Test
    void callAndLayersOfTwoKindsAreToldApart() {
        // call 5, kinds of 10 and 20, four layers together
        StageTimes split = CallSplit.split(List.of(Timing.exactly(15), Timing.exactly(25)), List.of(0, 1, 1, 0), Timing.exactly(65), NONE);
        assertEquals(5, split.call().median(), ROUNDING);
        assertEquals(10, split.layers().get(0).median(), ROUNDING);
        assertEquals(20, split.layers().get(1).median(), ROUNDING);
    }

    @Test
    void aCallIsNeverNegativeAndTheSeveralStillAddUp() {
        StageTimes split = CallSplit.split(List.of(Timing.exactly(10)), List.of(0, 0, 0), Timing.exactly(36), NONE);
        assertEquals(0, split.call().median());
        assertEquals(12, split.layers().getFirst().median(), ROUNDING);
    }

    @Test
    void nothingIsSaidOfTheCallWithoutAStageOfSeveral() {
        StageTimes split = CallSplit.split(List.of(Timing.exactly(10)), List.of(), Timing.IMPOSSIBLE, NONE);
        assertEquals(0, split.call().median());
        assertEquals(10, split.layers().getFirst().median());
    }

    @Test
    void mediansAndQuartilesAreThoseOfTheSamples() {
        assertEquals(new Timing(3, 2, 4, 5), Timing.of(new double[] {5, 1, 4, 2, 3}));
        assertEquals(new Timing(1.5, 1.25, 1.75, 2), Timing.of(new double[] {2, 1}));
        assertThrows(IllegalArgumentException.class, () -> Timing.of(new double[0]));
        assertThrows(IllegalArgumentException.class, () -> new Timing(1, 2, 3, 1));
        assertThrows(IllegalArgumentException.class, () -> new Timing(Double.NaN, 0, 0, 1));
    }
}
