package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.Parity;
import org.junit.jupiter.api.Test;

/** Distances of small rows, worked out by hand. */
class LogitDistanceTest {
    private static final double ROUNDING = 1e-7;

    @Test
    void theDivergenceIsThatOfTheDistributions() {
        // Softmax of (ln 1, ln 1) is (1/2, 1/2), of (ln 1, ln 3) (1/4, 3/4): 1/2 ln 2 + 1/2 ln 2/3 = 1/2 ln 4/3.
        float[] even = {0, 0};
        float[] uneven = {0, (float) Math.log(3)};
        assertEquals(0.5 * Math.log(4.0 / 3), LogitDistance.kl(even, uneven), ROUNDING);
        // The other way round: 1/4 ln 1/2 + 3/4 ln 3/2.
        assertEquals(0.25 * Math.log(0.5) + 0.75 * Math.log(1.5), LogitDistance.kl(uneven, even), ROUNDING);
        // Adding a number to all logits changes no probability, however large it is.
        assertEquals(0, LogitDistance.kl(new float[] {1000, 1000}, even), ROUNDING);
    }

    @Test
    void lengthsAndTheLargestDifferenceAreOverAllRows() {
        LogitDistance distance = new LogitDistance();
        distance.add(new float[] {3, 4}, new float[] {3, 4}, 0, 0);
        distance.add(new float[] {0, 15}, new float[] {0, 12}, 0, 1);
        Parity parity = distance.parity();
        assertEquals(2, parity.rows());
        assertEquals(3 / 13.0, parity.relativeL2(), ROUNDING); // 3 / sqrt(9 + 16 + 144)
        assertEquals(3, parity.maxDifference(), 0);
        assertNull(parity.firstDifferent());
        assertFalse(parity.sound());
        assertTrue(parity.maxKl() >= parity.meanKl());
    }

    @Test
    void theFirstRowWithAnotherChoiceIsToldWithItsMargin() {
        LogitDistance distance = new LogitDistance();
        distance.add(new float[] {1, 2, 3}, new float[] {1, 2, 3}, 0, 0);
        distance.add(new float[] {1, 2.5f, 2}, new float[] {1, 2, 2.25f}, 1, 4);
        distance.add(new float[] {9, 2, 3}, new float[] {1, 2, 3}, 2, 0);
        assertEquals(new Parity.Different(1, 4, 2, 1, 0.25), distance.parity().firstDifferent());
    }
}
