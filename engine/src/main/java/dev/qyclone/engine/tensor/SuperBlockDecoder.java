package dev.qyclone.engine.tensor;

import static dev.qyclone.engine.tensor.StoredBytes.half;
import static dev.qyclone.engine.tensor.StoredBytes.signed;
import static dev.qyclone.engine.tensor.StoredBytes.unsigned;

import java.lang.foreign.MemorySegment;

/** ggml's K types: 256 elements per block, with a small integer scale (and minimum) for every sub-block. */
final class SuperBlockDecoder {
    private SuperBlockDecoder() {
    }

    /** (d, dmin, scales[12], nibbles[128]); sub-blocks of 32: (d · S) · nibble - dmin · M. */
    static void q4(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 144L * b;
            float d = half(source, block);
            float dmin = half(source, block + 2);
            for (int group = 0; group < 8; group++) {
                float step = d * scale(source, block + 4, group);
                float min = dmin * min(source, block + 4, group);
                long nibbles = block + 16 + 32 * (group / 2);
                int shift = 4 * (group % 2);
                int out = at + 256 * b + 32 * group;
                for (int l = 0; l < 32; l++) {
                    target[out + l] = step * (unsigned(source, nibbles + l) >> shift & 15) - min;
                }
            }
        }
    }

    /** (d, dmin, scales[12], qh[32], nibbles[128]); as {@link #q4} with bit {@code group} of qh as fifth bit. */
    static void q5(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 176L * b;
            float d = half(source, block);
            float dmin = half(source, block + 2);
            for (int group = 0; group < 8; group++) {
                float step = d * scale(source, block + 4, group);
                float min = dmin * min(source, block + 4, group);
                long nibbles = block + 48 + 32 * (group / 2);
                int shift = 4 * (group % 2);
                int out = at + 256 * b + 32 * group;
                for (int l = 0; l < 32; l++) {
                    int high = unsigned(source, block + 16 + l) >> group & 1;
                    target[out + l] = step * (unsigned(source, nibbles + l) >> shift & 15 | high << 4) - min;
                }
            }
        }
    }

    /** (ql[128], qh[64], scales[16], d); sub-blocks of 16: (d · scale) · (two high bits and nibble - 32). */
    static void q6(MemorySegment source, long offset, float[] target, int at, int blocks) {
        for (int b = 0; b < blocks; b++) {
            long block = offset + 210L * b;
            float d = half(source, block + 208);
            for (int run = 0; run < 8; run++) {
                long low = block + 64 * (run / 4) + 32 * (run % 2);
                long high = block + 128 + 32 * (run / 4);
                int lowShift = 4 * (run % 4 / 2);
                int highShift = 2 * (run % 4);
                int out = at + 256 * b + 32 * run;
                for (int l = 0; l < 32; l++) {
                    float step = d * signed(source, block + 192 + 2 * run + l / 16);
                    int q = unsigned(source, low + l) >> lowShift & 15 | (unsigned(source, high + l) >> highShift & 3) << 4;
                    target[out + l] = step * (q - 32);
                }
            }
        }
    }

    /** The 6-bit scale of a sub-block: those of 4 to 7 have their upper two bits in the bytes of 0 to 3. */
    private static int scale(MemorySegment source, long scales, int group) {
        return group < 4
                ? unsigned(source, scales + group) & 63
                : unsigned(source, scales + group + 4) & 15 | unsigned(source, scales + group - 4) >> 6 << 4;
    }

    private static int min(MemorySegment source, long scales, int group) {
        return group < 4
                ? unsigned(source, scales + group + 4) & 63
                : unsigned(source, scales + group + 4) >> 4 | unsigned(source, scales + group) >> 6 << 4;
    }
}
