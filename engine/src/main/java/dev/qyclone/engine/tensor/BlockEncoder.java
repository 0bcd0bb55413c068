package dev.qyclone.engine.tensor;

import static dev.qyclone.engine.tensor.StoredBytes.putByte;
import static dev.qyclone.engine.tensor.StoredBytes.putHalf;

import java.lang.foreign.MemorySegment;

/**
 * The inverse of {@link BlockDecoder}, as the reference functions of ggml-quants.c do it: the scale is used in full
 * precision for the quantization and rounded to a half only where it is stored.
 */
final class BlockEncoder {
    private BlockEncoder() {
    }

    static void f32(float[] source, int at, MemorySegment target, long offset, int count) {
        MemorySegment.copy(source, at, target, StoredBytes.FLOAT, offset, count);
    }

    static void f16(float[] source, int at, MemorySegment target, long offset, int count) {
        for (int i = 0; i < count; i++) {
            putHalf(target, offset + 2L * i, source[at + i]);
        }
    }

    static void bf16(float[] source, int at, MemorySegment target, long offset, int count) {
        for (int i = 0; i < count; i++) {
            int bits = Float.floatToRawIntBits(source[at + i]);
            int rounded = Float.isNaN(source[at + i]) ? bits | 0x400000 : bits + 0x7FFF + (bits >>> 16 & 1);
            target.set(StoredBytes.SHORT, offset + 2L * i, (short) (rounded >>> 16));
        }
    }

    static void q8(float[] source, int at, MemorySegment target, long offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int in = at + 32 * b;
            long block = offset + 34L * b;
            float d = Math.abs(largest(source, in)) / 127;
            float inverse = inverse(d);
            putHalf(target, block, d);
            for (int j = 0; j < 32; j++) {
                putByte(target, block + 2 + j, roundHalfAway(source[in + j] * inverse));
            }
        }
    }

    static void q4(float[] source, int at, MemorySegment target, long offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int in = at + 32 * b;
            long block = offset + 18L * b;
            float d = largest(source, in) / -8;
            float inverse = inverse(d);
            putHalf(target, block, d);
            for (int j = 0; j < 16; j++) {
                int low = Math.min(15, (int) (source[in + j] * inverse + 8.5f));
                int high = Math.min(15, (int) (source[in + j + 16] * inverse + 8.5f));
                putByte(target, block + 2 + j, low | high << 4);
            }
        }
    }

    static void q4WithMin(float[] source, int at, MemorySegment target, long offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int in = at + 32 * b;
            long block = offset + 20L * b;
            float min = least(source, in);
            float d = (greatest(source, in) - min) / 15;
            float inverse = inverse(d);
            putHalf(target, block, d);
            putHalf(target, block + 2, min);
            for (int j = 0; j < 16; j++) {
                int low = Math.min(15, (int) ((source[in + j] - min) * inverse + 0.5f));
                int high = Math.min(15, (int) ((source[in + j + 16] - min) * inverse + 0.5f));
                putByte(target, block + 4 + j, low | high << 4);
            }
        }
    }

    static void q5(float[] source, int at, MemorySegment target, long offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int in = at + 32 * b;
            long block = offset + 22L * b;
            float d = largest(source, in) / -16;
            float inverse = inverse(d);
            putHalf(target, block, d);
            int fifthBits = 0;
            for (int j = 0; j < 16; j++) {
                int low = Math.min(31, (int) (source[in + j] * inverse + 16.5f));
                int high = Math.min(31, (int) (source[in + j + 16] * inverse + 16.5f));
                putByte(target, block + 6 + j, low & 15 | high << 4);
                fifthBits |= low >> 4 << j | high >> 4 << j + 16;
            }
            target.set(StoredBytes.INT, block + 2, fifthBits);
        }
    }

    static void q5WithMin(float[] source, int at, MemorySegment target, long offset, int blocks) {
        for (int b = 0; b < blocks; b++) {
            int in = at + 32 * b;
            long block = offset + 24L * b;
            float min = least(source, in);
            float d = (greatest(source, in) - min) / 31;
            float inverse = inverse(d);
            putHalf(target, block, d);
            putHalf(target, block + 2, min);
            int fifthBits = 0;
            for (int j = 0; j < 16; j++) {
                int low = Math.min(31, (int) ((source[in + j] - min) * inverse + 0.5f));
                int high = Math.min(31, (int) ((source[in + j + 16] - min) * inverse + 0.5f));
                putByte(target, block + 8 + j, low & 15 | high << 4);
                fifthBits |= low >> 4 << j | high >> 4 << j + 16;
            }
            target.set(StoredBytes.INT, block + 4, fifthBits);
        }
    }

    /** 1/d, and 0 for a block of zeros. */
    private static float inverse(float d) {
        return d == 0 ? 0 : 1 / d;
    }

    /** C's roundf: halves away from zero. */
    private static int roundHalfAway(float value) {
        // In double, or the largest float below one half would round up.
        return (int) (value < 0 ? value - 0.5 : value + 0.5);
    }

    /** The first of the 32 elements with the largest magnitude, with its sign. */
    private static float largest(float[] source, int in) {
        float largest = 0;
        for (int j = 0; j < 32; j++) {
            if (Math.abs(source[in + j]) > Math.abs(largest)) {
                largest = source[in + j];
            }
        }
        return largest;
    }

    private static float least(float[] source, int in) {
        float least = source[in];
        for (int j = 1; j < 32; j++) {
            least = source[in + j] < least ? source[in + j] : least;
        }
        return least;
    }

    private static float greatest(float[] source, int in) {
        float greatest = source[in];
        for (int j = 1; j < 32; j++) {
            greatest = source[in + j] > greatest ? source[in + j] : greatest;
        }
        return greatest;
    }
}
