package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * One block of packed weights, 32 columns of a group of sixteen rows, as floats in a panel: column i goes to {@code panel}'s vector
 * {@code to + i}. What {@link PanelFill} does in kernels of its own, for use within others; types that are not here are decoded in the
 * kernels, because TornadoVM inlines no method of more than 600 nodes.
 */
final class PanelStripes {
    private PanelStripes() {
    }

    static void bytes(IntArray words, FloatArray scales, VectorFloat16 panel, int to, int group, int b, int cols) {
        int blocks = cols >> 5;
        Float16 scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
        for (int k = b * 8; k < b * 8 + 8; k++) {
            int at = (group * blocks * 8 + k) * 16;
            for (int j = 0; j < 4; j++) {
                panel.set(to + 4 * k + j, Float16.mult(FieldLanes.signed(words, at, 24 - 8 * j, 24), scale));
            }
        }
    }

    /** Weights are q · scale + offset. */
    static void nibbles(IntArray words, VectorFloat16 panel, int to, int block, int b, Float16 scale, Float16 offset) {
        for (int k = 0; k < 4; k++) {
            for (int j = 0; j < 8; j++) {
                Float16 q = FieldLanes.signed(words, block + k * 16, 28 - 4 * j, 28);
                panel.set(to + b * 32 + 8 * k + j, Vectors.addProduct(offset, q, scale));
            }
        }
    }
}
