package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * What scales and minimums make of a block's sums: scale · Σ q·x + minimum · Σ x, with {@code part} = Σ q·x and {@code inputs} = Σ x.
 * Layout: {@link BlockFormat}.
 */
final class BlockScales {
    private BlockScales() {
    }

    /** A scale or minimum of a block in a super-block of nibbles: six bits times a float. {@code at}: the super-block's scale words. */
    static Float16 superFactor(IntArray words, int at, FloatArray scales, int scaleAt, int b, int shift) {
        return Float16.mult(FieldLanes.six(words, at + ((b & 7) >> 1) * 16, 16 * (b & 1) + shift), FieldLanes.floats(scales, scaleAt));
    }

    /** The scale of half a block in a super-block of six bits. */
    static Float16 sixFactor(IntArray words, int at, FloatArray scales, int scaleAt, int half) {
        return Float16.mult(
                FieldLanes.signed(words, at + ((half & 15) >> 2) * 16, 24 - 8 * (half & 3), 24), FieldLanes.floats(scales, scaleAt));
    }

    /** Weights are scale · (q + middle) + minimum, both in units of {@link Fields#HALF_UNIT}. */
    static Float16 addMinimum(Float16 sum, Float16 part, float inputs, Float16 scale, Float16 minimum, float middle) {
        Float16 offset = Vectors.addProduct(minimum, scale, Vectors.splat(middle));
        Float16 block = Vectors.addProduct(Float16.mult(offset, Vectors.splat(inputs)), part, scale);
        return Vectors.addProduct(sum, block, Vectors.splat(Fields.HALF_UNIT));
    }

    /** Weights are scale · (q + middle) - minimum. */
    static Float16 addSuper(Float16 sum, Float16 part, float inputs, Float16 scale, Float16 minimum, float middle) {
        Float16 offset = Float16.sub(Float16.mult(scale, Vectors.splat(middle)), minimum);
        return Vectors.addProduct(Vectors.addProduct(sum, part, scale), offset, Vectors.splat(inputs));
    }
}
