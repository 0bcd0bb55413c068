package dev.qyclone.tasks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Halves by arithmetic, against the JDK's conversions. */
class HalfBitsTest {
    @Test
    void everyHalfHasItsValue() {
        for (int half = 0; half < 1 << 16; half++) {
            float expected = Float.float16ToFloat((short) half);
            assertEquals(Math.abs(expected), Math.abs(HalfBits.value((short) half)), "half " + half);
            assertEquals(expected, HalfBits.value(half), 0f);
        }
    }

    @Test
    void roundsAsTheJdk() {
        Random random = new Random(3);
        for (int i = 0; i < 2_000_000; i++) {
            check(Float.intBitsToFloat(random.nextInt()));
        }
        for (int half = 0; half < 0x7c00; half++) {
            float low = Float.float16ToFloat((short) half);
            float middle = (float) ((low + (double) Math.min(65536, Float.float16ToFloat((short) (half + 1)))) / 2);
            check(low);
            check(middle);
            check(Math.nextUp(middle));
            check(-Math.nextDown(middle));
        }
    }

    private static void check(float value) {
        int expected = Float.isNaN(value) ? 0x7e00 : Float.floatToFloat16(value) & 0xffff;
        // Zero has no sign of its own here; nothing that is computed with it differs.
        assertEquals(value == 0 ? 0 : expected, HalfBits.of(value), Float.toString(value));
    }
}
