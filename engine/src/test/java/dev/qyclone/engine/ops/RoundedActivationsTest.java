package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.FloatRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

/** What rounding may change, by its definition. */
class RoundedActivationsTest {
    /** Beyond half a unit of the scale: the scale itself is a rounded quotient, and its product with a number is rounded again. */
    private static final double ROUNDINGS = 1e-6;

    @Property(tries = 300)
    void everyValueIsWithinHalfAUnit(@ForAll @Size(min = 1, max = 70) List<@FloatRange(min = -1e6f, max = 1e6f) Float> values,
            @ForAll @IntRange(min = 2, max = 16) int bits) {
        float[] x = new float[values.size()];
        for (int i = 0; i < x.length; i++) {
            x[i] = values.get(i);
        }
        float[] rounded = new float[x.length];
        RoundedActivations.roundAll(x, 0, x.length, bits, rounded, 0);
        for (int at = 0; at < x.length; at += RoundedActivations.BLOCK) {
            int end = Math.min(x.length, at + RoundedActivations.BLOCK);
            double top = 0;
            for (int i = at; i < end; i++) {
                top = Math.max(top, Math.abs(x[i]));
            }
            double unit = top / RoundedActivations.largest(bits);
            for (int i = at; i < end; i++) {
                double allowed = unit / 2 + ROUNDINGS * top + Float.MIN_NORMAL;
                assertTrue(Math.abs((double) rounded[i] - x[i]) <= allowed, x[i] + " became " + rounded[i] + ", unit " + unit);
            }
        }
    }

    @Test
    void numbersAreThoseOfTheFormula() {
        int[] numbers = new int[4];
        float scale = RoundedActivations.round(new float[] {9, -4, 1.5f, 2.5f, -1}, 1, 4, 3, numbers);
        assertEquals(4 / 3f, scale);
        assertArrayEquals(new int[] {-3, 1, 2, -1}, numbers, "-4, 1.5, 2.5 and -1 in units of 4 / 3");
    }

    @Test
    void theLargestValueStaysAndZerosToo() {
        float[] x = new float[40];
        x[3] = -0.7f;
        x[38] = 5;
        float[] rounded = new float[42];
        RoundedActivations.roundAll(x, 0, 40, 11, rounded, 2);
        for (int i = 0; i < 40; i++) {
            assertEquals(x[i], rounded[i + 2], Math.ulp(x[i]), "at " + i);
        }
    }

    @Test
    void subnormalsBecomeNumbersNotNaN() {
        float[] x = {Float.MIN_VALUE, -3 * Float.MIN_VALUE, 0};
        float[] rounded = new float[3];
        RoundedActivations.roundAll(x, 0, 3, 11, rounded, 0);
        for (int i = 0; i < 3; i++) {
            assertEquals(x[i], rounded[i], Float.MIN_NORMAL);
        }
    }

    @Test
    void bitsThatNoNumberHasAreRefused() {
        assertEquals(1023, RoundedActivations.largest(11));
        assertThrows(IllegalArgumentException.class, () -> RoundedActivations.largest(1));
        assertThrows(IllegalArgumentException.class, () -> RoundedActivations.largest(17));
    }
}
