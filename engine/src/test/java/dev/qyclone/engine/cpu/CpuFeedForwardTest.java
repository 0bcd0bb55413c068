package dev.qyclone.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Which experts a token goes to, by hand-computed softmax. */
class CpuFeedForwardTest {
    private static final float ROUNDING = 1e-7f;

    @Test
    void theMostProbableExpertsKeepTheirShareOfAllExperts() {
        float[] scores = {9, (float) Math.log(1), (float) Math.log(4), (float) Math.log(2), (float) Math.log(3), 9};
        CpuFeedForward.choose(scores, 1, 4, 2, false, new double[4]);
        assertArrayEquals(new float[] {9, 0, 0.4f, 0, 0.3f, 9}, scores, ROUNDING);
    }

    @Test
    void normalizedSharesOfTheChosenSumToOne() {
        float[] scores = {(float) Math.log(1), (float) Math.log(4), (float) Math.log(2), (float) Math.log(3)};
        CpuFeedForward.choose(scores, 0, 4, 2, true, new double[4]);
        assertArrayEquals(new float[] {0, 4 / 7f, 0, 3 / 7f}, scores, ROUNDING);
    }

    @Test
    void theLowerIndexWinsATie() {
        float[] scores = {1, 1, 1};
        CpuFeedForward.choose(scores, 0, 3, 1, false, new double[3]);
        assertArrayEquals(new float[] {1 / 3f, 0, 0}, scores, ROUNDING);
    }

    @Test
    void anExpertOfVanishingProbabilityIsStillOneOfTheChosen() {
        float[] scores = {0, -1000, -2000};
        CpuFeedForward.choose(scores, 0, 3, 2, false, new double[3]);
        assertEquals(1f, scores[0]);
        assertTrue(scores[1] > 0);
        assertEquals(0f, scores[2]);
    }

    @Test
    void oneExpertOfOneGetsEverything() {
        float[] scores = {-3};
        CpuFeedForward.choose(scores, 0, 1, 1, true, new double[1]);
        assertEquals(1f, scores[0]);
    }
}
