package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.math.TornadoMath;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** Copies between a large array on the device and a small one that travels. {@code range} = first element of the large one, count. */
public final class MoveKernels {
    /** Elements that an item of {@link #place} moves. */
    public static final int LANES = 16;
    /** Indices of a piece's range: where its words and scales belong and how many there are, in lanes. */
    public static final int FIRST_WORDS = 0;
    public static final int WORDS = 1;
    public static final int FIRST_SCALES = 2;
    public static final int SCALES = 3;
    public static final int RANGE = 4;

    private MoveKernels() {
    }

    /** staged = pool[first ..]; behind the pool's end its last element. */
    public static void take(IntArray range, FloatArray pool, FloatArray staged, int count, int poolSize) {
        for (@Parallel int i = 0; i < count; i++) {
            // least of all added to i: behind the largest index there is, first + i would be negative
            int from = TornadoMath.min(range.get(0), poolSize - 1 - i) + i;
            staged.set(i, pool.get(from));
        }
    }

    /** pool[first .. first + count) = staged. */
    public static void put(IntArray range, FloatArray staged, FloatArray pool, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < range.get(1)) {
                pool.set(range.get(0) + i, staged.get(i));
            }
        }
    }

    /** As {@link #take}, for halves. */
    public static void takeHalves(IntArray range, ShortArray pool, ShortArray staged, int count, int poolSize) {
        for (@Parallel int i = 0; i < count; i++) {
            // least of all added to i: behind the largest index there is, first + i would be negative
            int from = TornadoMath.min(range.get(0), poolSize - 1 - i) + i;
            staged.set(i, pool.get(from));
        }
    }

    /** As {@link #put}, for halves. */
    public static void putHalves(IntArray range, ShortArray staged, ShortArray pool, int count) {
        for (@Parallel int i = 0; i < count; i++) {
            if (i < range.get(1)) {
                pool.set(range.get(0) + i, staged.get(i));
            }
        }
    }

    /** Reads a piece, so that its graph sends it. */
    public static void arrived(IntArray range, IntArray words, FloatArray scales, FloatArray seen) {
        for (@Parallel int one = 0; one < 1; one++) {
            float sum = range.get(0) + words.get(0) + scales.get(0);
            if (one == 0) { // a whole group may have been started
                seen.set(0, sum);
            }
        }
    }

    /** Puts a piece into its place in {@code words} and {@code scales}. */
    public static void place(
            IntArray range, IntArray pieceWords, FloatArray pieceScales, IntArray words, FloatArray scales, int items) {
        for (@Parallel int i = 0; i < items; i++) {
            if (i < range.get(WORDS)) {
                int to = LANES * (range.get(FIRST_WORDS) + i);
                for (int k = 0; k < LANES; k++) {
                    words.set(to + k, pieceWords.get(LANES * i + k));
                }
            }
            if (i < range.get(SCALES)) {
                int to = LANES * (range.get(FIRST_SCALES) + i);
                for (int k = 0; k < LANES; k++) {
                    scales.set(to + k, pieceScales.get(LANES * i + k));
                }
            }
        }
    }
}
