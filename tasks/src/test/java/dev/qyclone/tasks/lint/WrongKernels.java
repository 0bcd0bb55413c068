package dev.qyclone.tasks.lint;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** What the lint must find: in each kernel one thing, in the line that the comment marks. */
final class WrongKernels {
    private static final float[] TABLE = {1f, 2f};

    private WrongKernels() {
    }

    public static void unsignedShift(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, x.get(i) >>> 5); // UNSIGNED_SHIFT
        }
    }

    public static void unsignedShiftInHelper(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, high(x.get(i)));
        }
    }

    private static int high(int v) {
        return (int) ((long) v >>> 16); // UNSIGNED_SHIFT
    }

    public static void division(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, (x.get(i) - 8) / 4); // DIVISION
        }
    }

    public static void divisionOfADifference(IntArray x, int n, int middle) {
        for (@Parallel int i = 0; i < n; i++) {
            int distance = i - middle;
            x.set(i, distance / 2); // DIVISION
        }
    }

    public static void divisionInHelperByArgument(IntArray x, int n, int middle) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, half(i - middle));
        }
    }

    private static int half(int v) {
        return v / 2; // DIVISION
    }

    public static void inclusive(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float value = x.get(i);
            if (value <= -1e29f) { // INCLUSIVE
                value = 0;
            }
            if (value < -1f) {
                value = -1f;
            }
            x.set(i, value);
        }
    }

    public static void twoBreaks(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int sum = 0;
            for (int j = 0; j < n; j++) {
                if (sum > 100) {
                    break;
                }
                sum += j;
                if (x.get(j) == 7) { // SECOND_EXIT
                    break;
                }
            }
            x.set(i, sum);
        }
    }

    public static void flagInTheCondition(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int j = 0;
            while (j < n && x.get(j) != 7) { // SECOND_EXIT
                j++;
            }
            x.set(i, j);
        }
    }

    public static void returnInAHelper(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, firstSeven(x, n));
        }
    }

    private static int firstSeven(IntArray x, int n) {
        for (int j = 0; j < n; j++) {
            if (x.get(j) == 7) { // SECOND_EXIT
                return j;
            }
        }
        return -1;
    }

    public static void halfToFloat(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Float.float16ToFloat((short) i)); // CALL
        }
    }

    public static void floatToHalf(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Float.floatToFloat16(i)); // CALL
        }
    }

    public static void fused(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Math.fma(x.get(i), 2f, 1f)); // CALL
        }
    }

    public static void rounded(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Math.round(x.get(i))); // CALL
        }
    }

    public static void leadingZeros(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Integer.numberOfLeadingZeros(x.get(i))); // CALL
        }
    }

    public static void sine(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, (float) Math.sin(x.get(i))); // CALL
        }
    }

    public static void thrown(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, checked(n));
        }
    }

    private static float checked(int n) {
        if (n > 9) {
            throw new IllegalArgumentException(); // THROWN
        }
        return n;
    }

    public static void infinite(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, Float.NEGATIVE_INFINITY); // INFINITY
        }
    }

    public static void staticTable(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, TABLE[i & 1]); // STATIC
        }
    }

    public static void unwrittenArray(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float[] sums = new float[4];
            for (int j = 0; j < 4; j++) {
                sums[j] += x.get(i); // PRIVATE_ARRAY
            }
            x.set(i, sums[i & 3]);
        }
    }

    public static void halfWrittenArray(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float[] pair = new float[2];
            pair[0] = x.get(i); // PRIVATE_ARRAY
            x.set(i, pair[0] + pair[1]);
        }
    }

    public static void halfWritten(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            if (x.get(i) > 0f) {
                y.set(i, x.get(i)); // HALF_WRITTEN
            }
        }
    }

    public static void writtenFromTheTenthOn(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 10; i < n; i++) {
            y.set(i, x.get(i)); // HALF_WRITTEN
        }
    }

    public static void halfWrittenInAHelper(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            VectorFloat16 lanes = new VectorFloat16(y);
            keepPositive(lanes, i, x.get(i)); // HALF_WRITTEN
        }
    }

    private static void keepPositive(VectorFloat16 lanes, int i, float value) {
        if (value > 0f) {
            lanes.set(i, new Float16(value, value, value, value, value, value, value, value, value, value, value, value, value, value,
                    value, value));
        }
    }

    public static void halfWrittenByGroups(KernelContext context, FloatArray x, FloatArray y, int n) {
        if (context.groupIdx < n) {
            if (context.localIdx == 0) {
                y.set(context.groupIdx, x.get(context.groupIdx)); // HALF_WRITTEN
            }
        }
    }

    public static void maskedByte(ByteArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int q = (x.get(i) & 0xFF) - 128;
            y.set(i, q * 0.5f); // MASKED_DIFFERENCE
        }
    }

    public static void maskedShortPlusNegative(IntArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            y.set(i, ((x.get(i) & 0xFFFF) + -32) * 2); // MASKED_DIFFERENCE
        }
    }

    public static void barrier(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) { // NAME
            x.set(i, n);
        }
    }

    public static void notParallel(IntArray x, int n) {
        for (int i = 0; i < n; i++) { // NOT_PARALLEL
            x.set(i, n);
        }
    }

    public static void mixed(KernelContext context, IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) { // MIXED
            x.set(i, context.globalIdx);
        }
    }

    public static void barrierOfSome(KernelContext context, IntArray x) {
        int item = context.localIdx;
        if (item < 16) {
            x.set(item, item);
            context.localBarrier(); // DIVERGENT_BARRIER
        }
    }

    public static void barrierInAHelperOfSome(KernelContext context, IntArray x) {
        if (context.localIdx % 2 == 0) {
            meet(context); // DIVERGENT_BARRIER
        }
    }

    private static void meet(KernelContext context) {
        context.localBarrier();
    }

    public static void barrierInALoopOfDifferentLengths(KernelContext context, IntArray x) {
        for (int i = 0; i < context.localIdx; i++) {
            x.set(i, i);
            context.localBarrier(); // DIVERGENT_BARRIER
        }
    }
}
