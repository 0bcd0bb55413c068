package dev.qyclone.engine.tensor;

import static dev.qyclone.engine.tensor.StoredBytes.half;
import static dev.qyclone.engine.tensor.StoredBytes.signed;
import static dev.qyclone.engine.tensor.StoredBytes.unsigned;

import java.lang.foreign.MemorySegment;

/**
 * Plain types and ggml's types of 32 elements per block. Layouts and arithmetic are those of ggml's ggml-quants.c: d and
 * m are halves; the low nibbles of the 16 bytes are elements 0 to 15, the high ones 16 to 31; bit j of qh is the fifth
 * bit of element j.
 */
final class BlockDecoder {
    private BlockDecoder() {
    }

    static void f32(MemorySegment source, long offset, float[] target, int at, int count) {
        MemorySegment.copy(source, StoredBytes.FLOAT, offset, target, at, count);
    }

    static void f16(MemorySegment source, long offset, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = half(source, offset + 2L * i);
        }
    }

    static void bf16(MemorySegment source, long offset, float[] target, int at, int count) {
        for (int i = 0; i < count; i++) {
            target[at + i] = Float.intBitsToFloat(source.get(StoredBytes.SHORT, offset + 2L * i) << 16);
        }
    }

    /** (d, q[32]): d · q. */
    static void q8(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 34L * b;
            float d = half(source, block);
            int out = at + 32 * b;
            for (int j = 0; j < 32; j++) {
                target[out + j] = d * signed(source, block + 2 + j);
            }
        }
    }

    /** (d, nibbles[16]): d · (nibble - 8). */
    static void q4(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 18L * b;
            float d = half(source, block);
            int out = at + 32 * b;
            for (int j = 0; j < 16; j++) {
                int pair = unsigned(source, block + 2 + j);
                target[out + j] = d * ((pair & 15) - 8);
                target[out + j + 16] = d * ((pair >> 4) - 8);
            }
        }
    }

    /** (d, m, nibbles[16]): d · nibble + m. */
    static void q4WithMin(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 20L * b;
            float d = half(source, block);
            float m = half(source, block + 2);
            int out = at + 32 * b;
            for (int j = 0; j < 16; j++) {
                int pair = unsigned(source, block + 4 + j);
                target[out + j] = d * (pair & 15) + m;
                target[out + j + 16] = d * (pair >> 4) + m;
            }
        }
    }

    /** (d, qh, nibbles[16]): d · (fifth bit and nibble - 16). */
    static void q5(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 22L * b;
            float d = half(source, block);
            int high = source.get(StoredBytes.INT, block + 2);
            int out = at + 32 * b;
            for (int j = 0; j < 16; j++) {
                int pair = unsigned(source, block + 6 + j);
                target[out + j] = d * ((pair & 15 | (high >>> j & 1) << 4) - 16);
                target[out + j + 16] = d * ((pair >> 4 | (high >>> j + 16 & 1) << 4) - 16);
            }
        }
    }

    /** (d, m, qh, nibbles[16]): d · fifth bit and nibble + m. */
    static void q5WithMin(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 24L * b;
            float d = half(source, block);
            float m = half(source, block + 2);
            int high = source.get(StoredBytes.INT, block + 4);
            int out = at + 32 * b;
            for (int j = 0; j < 16; j++) {
                int pair = unsigned(source, block + 8 + j);
                target[out + j] = d * (pair & 15 | (high >>> j & 1) << 4) + m;
                target[out + j + 16] = d * (pair >> 4 | (high >>> j + 16 & 1) << 4) + m;
            }
        }
    }
}
