package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** What products by work-groups share. Local arrays and the context stay in the kernels: TornadoVM takes them as arguments of none. */
final class GroupResults {
    /** Most items of a group. */
    static final int ITEMS = 256;

    private GroupResults() {
    }

    /** An item's share of Σ x². */
    static float squares(FloatArray x, int item, int cols, int parts, int flags) {
        float sum = 0f;
        if ((flags & Role.NORMED) != 0) {
            for (int i = item; i < cols; i += parts * 16) {
                sum += x.get(i) * x.get(i);
            }
        }
        return sum;
    }

    /** 1 / sqrt(squares / cols + eps), or 1 where nothing is normed. */
    static float factor(float squares, int cols, float eps, int flags) {
        float factor = 1f;
        if ((flags & Role.NORMED) != 0) {
            factor = 1f / TornadoMath.sqrt(squares / cols + eps);
        }
        return factor;
    }
}
