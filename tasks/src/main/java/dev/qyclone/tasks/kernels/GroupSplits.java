package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** How attention by work-groups shares out its work, and the step that puts together what {@link GroupDecode} found in several shares. */
public final class GroupSplits {
    private GroupSplits() {
    }

    /** Work-groups for calls of up to {@code rows} tokens. */
    public static int groups(int rows, int heads, int kvHeads, int splits) {
        return kvHeads * blocks(rows, heads / kvHeads) * splits;
    }

    static int blocks(int rows, int group) {
        return (rows * group + GroupAttention.ROWS - 1) / GroupAttention.ROWS;
    }

    /** Floats that the shares of one token hand to {@link #merge}. */
    public static int parts(int heads, int headDim, int splits) {
        return Math.multiplyExact(heads, splits * (headDim + 2));
    }

    /**
     * out = Σ_s e^(m_s - m) sums_s / Σ_s e^(m_s - m) weights_s, with m the largest of the splits' largest scores m_s.
     *
     * @param parts (heads, splits, headDim + 2): sums of values, the largest score, the sum of weights
     * @param items heads · headDim
     */
    public static void merge(IntArray cursor, FloatArray parts, FloatArray out, int items, int headDim, int splits) {
        for (@Parallel int item = 0; item < items; item++) {
            out.set(item, merged(parts, item, headDim, splits, splits));
            if (item == 0) {
                cursor.set(Cursor.NEXT, cursor.get(Cursor.CURRENT) + 1);
            }
        }
    }

    /** Element {@code item} of that, of the first {@code shares} of a head's splits: others are not written. */
    static float merged(FloatArray parts, int item, int headDim, int splits, int shares) {
        int head = item / headDim;
        int d = item - head * headDim;
        int at = head * splits * (headDim + 2);
        float largest = -1e30f;
        for (int s = 0; s < shares; s++) {
            largest = TornadoMath.max(largest, parts.get(at + s * (headDim + 2) + headDim));
        }
        float sum = 0;
        float weights = 0;
        for (int s = 0; s < shares; s++) {
            int part = at + s * (headDim + 2);
            float weight = TornadoMath.exp(parts.get(part + headDim) - largest);
            sum += weight * parts.get(part + d);
            weights += weight * parts.get(part + headDim + 1);
        }
        return sum / weights;
    }
}
