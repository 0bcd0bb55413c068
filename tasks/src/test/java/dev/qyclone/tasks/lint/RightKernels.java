package dev.qyclone.tasks.lint;

import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.types.arrays.ByteArray;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** Beside each wrong kernel, what to write instead: nothing here may be found. */
final class RightKernels {
    private RightKernels() {
    }

    public static void shifted(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, (x.get(i) >> 5) & 0x07ffffff);
        }
    }

    public static void blocksOf(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            x.set(i, (i + 16 - 1) / 16 + i % 16 + (x.get(i) & 15) / 4);
        }
    }

    public static void offsets(IntArray call, IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int most = call.get(0) + i;
            for (int at = most / 32; at >= 0; at--) {
                x.set(i, at);
            }
        }
    }

    public static void oneExit(IntArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int found = -1;
            for (int j = 0; j < n; j++) {
                if (found < 0 && x.get(j) == 7) {
                    found = j;
                }
                if (j % 3 == 1) {
                    continue;
                }
                found += j == 5 ? 1 : 0;
            }
            x.set(i, found);
        }
    }

    public static void writtenArray(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            float[] sums = new float[4];
            for (int j = 0; j < 4; j++) {
                sums[j] = 0f;
            }
            for (int j = 0; j < 4; j++) {
                sums[j] += x.get(i);
            }
            x.set(i, sums[i & 3]);
        }
    }

    public static void writtenEitherWay(FloatArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            VectorFloat16 lanes = new VectorFloat16(y);
            if (x.get(i) > 0f) {
                for (int j = 0; j < 16; j++) {
                    y.set(i * 16 + j, x.get(i));
                }
            } else {
                keepZeros(lanes, i);
            }
        }
    }

    private static void keepZeros(VectorFloat16 lanes, int i) {
        lanes.set(i, new Float16(0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f, 0f));
    }

    /** What is read is uploaded, too. */
    public static void raisedWherePositive(FloatArray x, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            if (x.get(i) > 0f) {
                x.set(i, x.get(i) + 1f);
            }
        }
    }

    public static void signExtended(ByteArray x, FloatArray y, int n) {
        for (@Parallel int i = 0; i < n; i++) {
            int nibble = (x.get(i) & 15) - 8;
            y.set(i, nibble * 0.5f + x.get(i) + ((float) (x.get(i) & 0xFF) - 128f));
        }
    }

    public static void groupSum(KernelContext context, FloatArray x, FloatArray out, int n) {
        float[] sums = context.allocateFloatLocalArray(64);
        int item = context.localIdx;
        float sum = 0f;
        for (int i = item; i < n; i += context.localGroupSizeX) {
            sum += x.get(i / 2);
        }
        sums[item] = sum;
        context.localBarrier();
        for (int stride = 32; stride > 0; stride >>= 1) {
            if (item < stride) {
                sums[item] += sums[item + stride];
            }
            context.localBarrier();
        }
        if (context.groupIdx > 0) {
            context.localBarrier();
        }
        if (item == 0) {
            out.set(context.groupIdx, sums[0]);
        }
    }
}
