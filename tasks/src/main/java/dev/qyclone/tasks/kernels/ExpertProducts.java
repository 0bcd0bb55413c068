package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.collections.VectorFloat16;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/**
 * Products of a batch's tokens with the experts that they chose, all experts of a layer in one task. The work is sixteen rows of one
 * expert with all its tokens; an item does every {@code stripes}-th such piece. It makes the rows a panel of floats in its own stripe
 * of {@code panels} and multiplies the tokens with that, so that weights are read and decoded once a batch, whatever their type; those
 * of an expert without tokens are not read.
 *
 * <p>All take the same arguments: {@code ranges} and {@code order} as {@link MixtureKernels#sort} makes them; {@code x} (tokens or
 * choices, cols), read where {@code order}'s cell {@code source} says; {@code words} and {@code scales}, the packed experts of all
 * layers; {@code panels} (stripes, cols, sixteen); {@code out} (choices, width), where rows begin at column {@code outAt}.
 * {@code rows} of an expert; {@code width} and {@code outAt} are multiples of sixteen; {@code format} as in {@link BlockFormat}.
 */
public final class ExpertProducts {
    /** Tokens that are multiplied at once. */
    private static final int TOKENS = 4;

    private ExpertProducts() {
    }

    /** Floats: they lie as panels do. */
    public static void withFloats(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(scales);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    multiply(order, x, lanes, outLanes, (expert * groups + g) * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Halves. */
    public static void withHalves(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    int group = expert * groups + g;
                    for (int i = 0; i < cols; i++) {
                        Float16 w = FieldLanes.half(words, (group * ((cols + 1) >> 1) + (i >> 1)) * 16, 16 - 16 * (i & 1));
                        lanes.set(stripe * cols + i, Float16.mult(w, Vectors.splat(Fields.HALF_UNIT)));
                    }
                    multiply(order, x, lanes, outLanes, stripe * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Brain floats relative to the largest of their block. */
    public static void withRelative(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    int group = expert * groups + g;
                    int blocks = (cols + 31) >> 5;
                    for (int i = 0; i < cols; i++) {
                        Float16 scale = FieldLanes.floats(scales, (group * blocks + (i >> 5)) * 16);
                        Float16 w = FieldLanes.relative(words, (group * blocks * 16 + (i >> 1)) * 16, 16 - 16 * (i & 1));
                        lanes.set(stripe * cols + i, Float16.mult(w, Float16.mult(scale, Vectors.splat(Fields.RELATIVE_UNIT))));
                    }
                    multiply(order, x, lanes, outLanes, stripe * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Eight bits. */
    public static void withBytes(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    for (int b = 0; b < cols >> 5; b++) {
                        PanelStripes.bytes(words, scales, lanes, stripe * cols, expert * groups + g, b, cols);
                    }
                    multiply(order, x, lanes, outLanes, stripe * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Four bits. */
    public static void withNibbles(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    int group = expert * groups + g;
                    int blocks = cols >> 5;
                    for (int b = 0; b < blocks; b++) {
                        int block = BlockFormat.wordAt(format, group, blocks, b);
                        Float16 scale = Vectors.splat(0f);
                        Float16 offset = Vectors.splat(0f);
                        if (format == BlockFormat.FOUR) {
                            scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
                        } else if (format == BlockFormat.FOUR_MINIMUM) {
                            scale = Float16.mult(FieldLanes.half(words, block + 4 * 16, 16), Vectors.splat(Fields.HALF_UNIT));
                            offset = Float16.mult(FieldLanes.half(words, block + 4 * 16, 0), Vectors.splat(Fields.HALF_UNIT));
                            offset = Vectors.addProduct(offset, scale, Vectors.splat(8f));
                        } else if (format == BlockFormat.FOUR_SUPER) {
                            int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                            int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                            scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                            Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                            offset = Float16.sub(Float16.mult(scale, Vectors.splat(8f)), minimum);
                        }
                        PanelStripes.nibbles(words, lanes, stripe * cols, block, b, scale, offset);
                    }
                    multiply(order, x, lanes, outLanes, stripe * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Five or six bits. */
    public static void withWide(
            IntArray ranges, IntArray order, FloatArray x, IntArray words, FloatArray scales, FloatArray panels, FloatArray out,
            int stripes, int experts, int rows, int cols, int format, int source, int outAt, int width) {
        for (@Parallel int stripe = 0; stripe < stripes; stripe++) {
            VectorFloat16 lanes = new VectorFloat16(panels);
            VectorFloat16 outLanes = new VectorFloat16(out);
            int groups = (rows + 15) >> 4;
            for (int piece = stripe; piece < experts * groups; piece += stripes) {
                int e = piece / groups;
                int g = piece - e * groups;
                int expert = ranges.get(e * MixtureKernels.RANGE);
                int first = ranges.get(e * MixtureKernels.RANGE + 1);
                int last = ranges.get(e * MixtureKernels.RANGE + 2);
                if (first < last) {
                    int group = expert * groups + g;
                    int blocks = cols >> 5;
                    for (int part = 0; part < blocks * 2; part++) {
                        int b = part >> 1;
                        int block = BlockFormat.wordAt(format, group, blocks, b);
                        Float16 scale = Vectors.splat(0f);
                        Float16 offset = Vectors.splat(0f);
                        if (format == BlockFormat.FIVE) {
                            scale = FieldLanes.floats(scales, (group * blocks + b) * 16);
                        } else if (format == BlockFormat.FIVE_MINIMUM) {
                            scale = Float16.mult(FieldLanes.half(words, block + 5 * 16, 16), Vectors.splat(Fields.HALF_UNIT));
                            offset = Float16.mult(FieldLanes.half(words, block + 5 * 16, 0), Vectors.splat(Fields.HALF_UNIT));
                            offset = Vectors.addProduct(offset, scale, Vectors.splat(16f));
                        } else if (format == BlockFormat.FIVE_SUPER) {
                            int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                            int factors = (group * (blocks >> 3) + (b >> 3)) * 32;
                            scale = BlockScales.superFactor(words, at, scales, factors, b, 0);
                            Float16 minimum = BlockScales.superFactor(words, at, scales, factors + 16, b, 8);
                            offset = Float16.sub(Float16.mult(scale, Vectors.splat(16f)), minimum);
                        } else {
                            int at = BlockFormat.scaleWordAt(format, group, blocks, b);
                            scale = BlockScales.sixFactor(words, at, scales, (group * (blocks >> 3) + (b >> 3)) * 16, part);
                        }
                        for (int k = 2 * (part & 1); k < 2 * (part & 1) + 2; k++) {
                            int to = stripe * cols + b * 32 + k * 8;
                            int high = BlockFormat.highAt(format, block, k);
                            int left = BlockFormat.highLeft(format, k);
                            int right = BlockFormat.highRight(format);
                            int bits = BlockFormat.highBits(format);
                            for (int j = 0; j < 8; j++) {
                                Float16 q = FieldLanes.wide(words, block + k * 16, 4 * j, high, left - j * bits, right);
                                lanes.set(to + j, Vectors.addProduct(offset, q, scale));
                            }
                        }
                    }
                    multiply(order, x, lanes, outLanes, stripe * cols, first, last, source, cols, outAt + g * 16, width);
                }
            }
        }
    }

    /** Where the tile's last tokens are none, the expert's last token is computed again, by the same item to the same place. */
    private static void multiply(
            IntArray order, FloatArray x, VectorFloat16 lanes, VectorFloat16 out, int at, int first, int last, int source, int cols, int to,
            int width) {
        for (int tile = first; tile < last; tile += TOKENS) {
            int t1 = TornadoMath.min(tile + 1, last - 1);
            int t2 = TornadoMath.min(tile + 2, last - 1);
            int t3 = TornadoMath.min(tile + 3, last - 1);
            int x0 = order.get(tile * MixtureKernels.ORDER + source) * cols;
            int x1 = order.get(t1 * MixtureKernels.ORDER + source) * cols;
            int x2 = order.get(t2 * MixtureKernels.ORDER + source) * cols;
            int x3 = order.get(t3 * MixtureKernels.ORDER + source) * cols;
            Float16 s0 = Vectors.splat(0f);
            Float16 s1 = Vectors.splat(0f);
            Float16 s2 = Vectors.splat(0f);
            Float16 s3 = Vectors.splat(0f);
            for (int i = 0; i < cols; i++) {
                Float16 w = lanes.get(at + i);
                s0 = Vectors.addProduct(s0, w, Vectors.splat(x.get(x0 + i)));
                s1 = Vectors.addProduct(s1, w, Vectors.splat(x.get(x1 + i)));
                s2 = Vectors.addProduct(s2, w, Vectors.splat(x.get(x2 + i)));
                s3 = Vectors.addProduct(s3, w, Vectors.splat(x.get(x3 + i)));
            }
            out.set((order.get(tile * MixtureKernels.ORDER + MixtureKernels.CHOICE) * width + to) >> 4, s0);
            out.set((order.get(t1 * MixtureKernels.ORDER + MixtureKernels.CHOICE) * width + to) >> 4, s1);
            out.set((order.get(t2 * MixtureKernels.ORDER + MixtureKernels.CHOICE) * width + to) >> 4, s2);
            out.set((order.get(t3 * MixtureKernels.ORDER + MixtureKernels.CHOICE) * width + to) >> 4, s3);
        }
    }
}
