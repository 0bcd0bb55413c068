package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What rounding may change, by its definition. */
class RoundedActivationsTest {
    /** Beyond half a unit of the scale: the scale itself is a rounded quotient, and its product with a number is rounded again. */
    private static final double ROUNDINGS = 1e-6;
    private static final int BLOCK = RoundedActivations.BLOCK;

    @Property(tries = 500)
    void everyValueIsWithinHalfAUnitAndNoSumLeavesItsBits(
            @ForAll @Size(value = 2 * BLOCK) List<@FloatRange(min = -1e6f, max = 1e6f) Float> values) {
        float[] x = new float[values.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = values.get(i);
        }
        float[] rounded = new float[x.length];
        RoundedActivations.roundAll(x, 0, x.length, rounded, 0);
        for (int at = 0; at < x.length; at += BLOCK) {
            double unit = Math.max(sum(x, at, 0), sum(x, at, 4)) / (RoundedActivations.LARGEST_SUM - 4);
            for (int i = at; i < at + BLOCK; i++) {
                double allowed = unit / 2 + ROUNDINGS * Math.abs(x[i]) + Float.MIN_NORMAL;
                assertTrue(Math.abs((double) rounded[i] - x[i]) <= allowed, x[i] + " became " + rounded[i] + ", unit " + unit);
            }
            float scale = RoundedActivations.scale(RoundedActivations.sum(x, at));
            for (int first = 0; first <= 4; first += 4) {
                double sum = scale == 0 ? 0 : sum(rounded, at, first) / scale;
                assertTrue(sum <= RoundedActivations.LARGEST_SUM + 0.5, "a sum of " + sum);
            }
        }
    }

    /** Σ |x| over the columns first to first + 3 and first + 8 to first + 11. */
    private static double sum(float[] x, int at, int first) {
        double sum = 0;
        for (int i = 0; i < 4; i++) {
            sum += Math.abs((double) x[at + first + i]) + Math.abs((double) x[at + first + 8 + i]);
        }
        return sum;
    }

    @Test
    void numbersAreThoseOfTheFormula() {
        float[] x = new float[BLOCK];
        x[0] = 4091;
        x[4] = -1000.5f;
        x[5] = 1001.5f;
        x[15] = 0.25f;
        float[] rounded = new float[BLOCK];
        RoundedActivations.roundAll(x, 0, BLOCK, rounded, 0);
        float[] expected = new float[BLOCK];
        expected[0] = 4091;
        expected[4] = -1000;
        expected[5] = 1002;
        assertArrayEquals(expected, rounded, "a scale of 1: halves go to the even number");
    }

    @Test
    void aLonelyValueStaysAndZerosToo() {
        float[] x = new float[32];
        x[3] = -0.7f;
        x[28] = 5;
        float[] rounded = new float[34];
        RoundedActivations.roundAll(x, 0, 32, rounded, 2);
        for (int i = 0; i < 32; i++) {
            assertEquals(x[i], rounded[i + 2], Math.ulp(x[i]), "at " + i);
        }
    }

    @Test
    void nextToNothingBecomesZeroNotNaN() {
        float[] x = new float[BLOCK];
        x[0] = Float.MIN_VALUE;
        x[1] = -1e-36f;
        float[] rounded = new float[BLOCK];
        RoundedActivations.roundAll(x, 0, BLOCK, rounded, 0);
        assertArrayEquals(new float[BLOCK], rounded);
    }

    @Test
    void widthsThatAreNoWholeBlocksAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> RoundedActivations.roundAll(new float[40], 0, 40, new float[40], 0));
    }
}
