package dev.qyclone.bench.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** The rule over invented samples; intervals are those of scipy 1.x, ttest_ind(log b, log a, equal_var=False). */
class ComparisonTest {
    /** Ours rounds the degrees of freedom down: the interval may be wider than scipy's by this much, never narrower. */
    private static final double WIDER = 0.002;
    private static final double RATIO_TOLERANCE = 1e-12;
    private static final double[] STEADY = {100, 101, 99, 100, 102};

    private static Comparison compare(double[] before, double[] after) {
        return Comparison.of("pp", before, after, Comparison.DEFAULT_NOISE);
    }

    private static void assertInterval(double ratio, double low, double high, Comparison comparison) {
        assertEquals(ratio, comparison.ratio(), RATIO_TOLERANCE);
        assertTrue(comparison.low() <= low && comparison.low() >= low - WIDER, comparison.toString());
        assertTrue(comparison.high() >= high && comparison.high() <= high + WIDER, comparison.toString());
    }

    @Test
    void tenPercentLessIsSlower() {
        Comparison comparison = compare(STEADY, new double[] {90, 91, 89, 92, 90});
        assertInterval(0.9003875910374365, 0.8847574422922945, 0.9162938624102246, comparison);
        assertEquals(Comparison.Verdict.SLOWER, comparison.verdict());
        assertEquals("pp: 0.900 (0.884 to 0.917), 100.40 -> 90.40 t/s: slower", comparison.line());
    }

    @Test
    void twoPercentLessAreNoiseHoweverCloseTheSamplesLie() {
        Comparison comparison = compare(STEADY, new double[] {98, 99, 98.5, 98, 99});
        assertInterval(0.9811161083453537, 0.9675967 - 1e-4, 0.9948242683912044, comparison);
        assertEquals(Comparison.Verdict.SAME, comparison.verdict());
        assertEquals(Comparison.Verdict.SLOWER, Comparison.of("pp", STEADY, new double[] {98, 99, 98.5, 98, 99}, 0.01).verdict());
    }

    @Test
    void thirteenPercentLessSayNothingWhereSamplesScatter() {
        Comparison comparison = compare(new double[] {100, 60, 140, 90, 110}, new double[] {90, 70, 100, 60, 110});
        assertEquals(0.8705505632961241, comparison.ratio(), RATIO_TOLERANCE);
        assertTrue(comparison.low() < 0.5742 && comparison.high() > 1.3199, comparison.toString());
        assertEquals(Comparison.Verdict.SAME, comparison.verdict());
    }

    @Test
    void moreIsFaster() {
        Comparison comparison = compare(STEADY, new double[] {111, 112, 113, 112, 110});
        assertInterval(1.1115645364661297, 1.094161368282, 1.129244510495928, comparison);
        assertEquals(Comparison.Verdict.FASTER, comparison.verdict());
    }

    @Test
    void equalSamplesHaveNoSpreadAndStillANoise() {
        assertEquals(Comparison.Verdict.SAME, compare(new double[] {100, 100}, new double[] {96, 96}).verdict());
        assertEquals(Comparison.Verdict.SLOWER, compare(new double[] {100, 100}, new double[] {94, 94}).verdict());
    }

    @Test
    void oneSampleOrNoneDecidesNothing() {
        assertEquals(Comparison.Verdict.TOO_FEW_SAMPLES, compare(STEADY, new double[] {10}).verdict());
        assertEquals(Comparison.Verdict.TOO_FEW_SAMPLES, compare(new double[] {1000}, STEADY).verdict());
        assertEquals(Comparison.Verdict.FAILED, compare(STEADY, new double[0]).verdict());
        assertTrue(compare(STEADY, new double[0]).line().contains("failed"));
    }

    @Test
    void degreesBeyondTheTableTakeItsLastValue() {
        assertEquals(12.706, Comparison.quantile(0.7));
        assertEquals(2.042, Comparison.quantile(30.9));
        assertEquals(2.042, Comparison.quantile(500));
    }
}
