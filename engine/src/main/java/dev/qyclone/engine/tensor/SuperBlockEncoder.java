package dev.qyclone.engine.tensor;

import static dev.qyclone.engine.tensor.StoredBytes.half;
import static dev.qyclone.engine.tensor.StoredBytes.putByte;
import static dev.qyclone.engine.tensor.StoredBytes.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * The inverse of {@link SuperBlockDecoder}. Scales and minima are rounded up, so that a sub-block's range is always
 * covered: no element is off by more than half a step. (ggml searches for the scale with the least squared error.)
 */
final class SuperBlockEncoder {
    private static final int GROUPS = 8;
    private static final int LARGEST_SCALE = 63;

    private SuperBlockEncoder() {
    }

    static void q4(float[] source, int at, MemorySegment target, long offset, int blocks) {
        int[] levels = new int[256];
        for (int b = 0; b < blocks; b++) {
            long block = offset + 144L * b;
            withMinima(source, at + 256 * b, target, block, 15, levels);
            putNibbles(levels, target, block + 16);
        }
    }

    static void q5(float[] source, int at, MemorySegment target, long offset, int blocks) {
        int[] levels = new int[256];
        for (int b = 0; b < blocks; b++) {
            long block = offset + 176L * b;
            withMinima(source, at + 256 * b, target, block, 31, levels);
            putNibbles(levels, target, block + 48);
            for (int l = 0; l < 32; l++) {
                int bits = 0;
                for (int group = 0; group < GROUPS; group++) {
                    bits |= levels[32 * group + l] >> 4 << group;
                }
                putByte(target, block + 16 + l, bits);
            }
        }
    }

    static void q6(float[] source, int at, MemorySegment target, long offset, int blocks) {
        float[] steps = new float[16];
        for (int b = 0; b < blocks; b++) {
            int in = at + 256 * b;
            long block = offset + 210L * b;
            float largest = 0;
            for (int g = 0; g < 16; g++) {
                steps[g] = largestMagnitude(source, in + 16 * g) / 31;
                largest = Math.max(largest, steps[g]);
            }
            float d = putHalfRoundedUp(target, block + 208, largest / 127);
            target.asSlice(block, 192).fill((byte) 0);
            for (int g = 0; g < 16; g++) {
                int scale = multiplesCovering(steps[g], d, 127);
                putByte(target, block + 192 + g, scale);
                for (int j = 0; j < 16; j++) {
                    int e = 16 * g + j;
                    putSixBits(target, block, e, level(source[in + e], d * scale, -32, 31) + 32);
                }
            }
        }
    }

    /** Writes d, dmin and the packed scales and minima, and finds the level (0 to {@code top}) of every element. */
    private static void withMinima(float[] source, int in, MemorySegment target, long block, int top, int[] levels) {
        float[] depths = new float[GROUPS];
        float[] peaks = new float[GROUPS];
        float deepest = 0;
        for (int g = 0; g < GROUPS; g++) {
            for (int l = 0; l < 32; l++) {
                depths[g] = Math.max(depths[g], -source[in + 32 * g + l]);
                peaks[g] = l == 0 ? source[in + 32 * g] : Math.max(peaks[g], source[in + 32 * g + l]);
            }
            deepest = Math.max(deepest, depths[g]);
        }
        float dmin = putHalfRoundedUp(target, block + 2, deepest / LARGEST_SCALE);
        int[] minima = new int[GROUPS];
        float[] steps = new float[GROUPS];
        float largest = 0;
        for (int g = 0; g < GROUPS; g++) {
            minima[g] = multiplesCovering(depths[g], dmin, LARGEST_SCALE);
            steps[g] = Math.max(0, peaks[g] + dmin * minima[g]) / top;
            largest = Math.max(largest, steps[g]);
        }
        float d = putHalfRoundedUp(target, block, largest / LARGEST_SCALE);
        target.asSlice(block + 4, 12).fill((byte) 0);
        for (int g = 0; g < GROUPS; g++) {
            int scale = multiplesCovering(steps[g], d, LARGEST_SCALE);
            putScaleAndMin(target, block + 4, g, scale, minima[g]);
            for (int l = 0; l < 32; l++) {
                int e = 32 * g + l;
                levels[e] = level(source[in + e] + dmin * minima[g], d * scale, 0, top);
            }
        }
    }

    /** The inverse of {@link SuperBlockDecoder}'s scale and min. */
    private static void putScaleAndMin(MemorySegment target, long scales, int group, int scale, int min) {
        if (group < 4) {
            orByte(target, scales + group, scale);
            orByte(target, scales + group + 4, min);
            return;
        }
        orByte(target, scales + group + 4, scale & 15 | (min & 15) << 4);
        orByte(target, scales + group - 4, scale >> 4 << 6);
        orByte(target, scales + group, min >> 4 << 6);
    }

    private static void putNibbles(int[] levels, MemorySegment target, long nibbles) {
        for (int pair = 0; pair < GROUPS / 2; pair++) {
            for (int l = 0; l < 32; l++) {
                int low = levels[64 * pair + l] & 15;
                int high = levels[64 * pair + 32 + l] & 15;
                putByte(target, nibbles + 32 * pair + l, low | high << 4);
            }
        }
    }

    private static void putSixBits(MemorySegment target, long block, int e, int value) {
        int run = e / 32;
        int l = e % 32;
        orByte(target, block + 64 * (run / 4) + 32 * (run % 2) + l, (value & 15) << 4 * (run % 4 / 2));
        orByte(target, block + 128 + 32 * (run / 4) + l, value >> 4 << 2 * (run % 4));
    }

    private static void orByte(MemorySegment target, long offset, int bits) {
        putByte(target, offset, unsigned(target, offset) | bits);
    }

    /** Stores the least half that is not below a value which is not negative, and returns it. */
    private static float putHalfRoundedUp(MemorySegment target, long offset, float value) {
        short nearest = Float.floatToFloat16(value);
        short covering = Float.float16ToFloat(nearest) < value ? (short) (nearest + 1) : nearest;
        target.set(StoredBytes.SHORT, offset, covering);
        return half(target, offset);
    }

    /** The least number of units that reaches {@code value}. */
    private static int multiplesCovering(float value, float unit, int top) {
        return unit == 0 ? 0 : Math.min(top, (int) Math.ceil(value / unit));
    }

    private static int level(float value, float step, int bottom, int top) {
        return step == 0 ? Math.clamp(0, bottom, top) : Math.clamp(Math.round(value / step), bottom, top);
    }

    private static float largestMagnitude(float[] source, int in) {
        float largest = 0;
        for (int j = 0; j < 16; j++) {
            largest = Math.max(largest, Math.abs(source[in + j]));
        }
        return largest;
    }
}
