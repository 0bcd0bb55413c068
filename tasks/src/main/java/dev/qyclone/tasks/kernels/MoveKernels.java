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
                int from = LANES * i;
                int to = LANES * (range.get(FIRST_WORDS) + i);
                words.set(to + 0, pieceWords.get(from + 0));
                words.set(to + 1, pieceWords.get(from + 1));
                words.set(to + 2, pieceWords.get(from + 2));
                words.set(to + 3, pieceWords.get(from + 3));
                words.set(to + 4, pieceWords.get(from + 4));
                words.set(to + 5, pieceWords.get(from + 5));
                words.set(to + 6, pieceWords.get(from + 6));
                words.set(to + 7, pieceWords.get(from + 7));
                words.set(to + 8, pieceWords.get(from + 8));
                words.set(to + 9, pieceWords.get(from + 9));
                words.set(to + 10, pieceWords.get(from + 10));
                words.set(to + 11, pieceWords.get(from + 11));
                words.set(to + 12, pieceWords.get(from + 12));
                words.set(to + 13, pieceWords.get(from + 13));
                words.set(to + 14, pieceWords.get(from + 14));
                words.set(to + 15, pieceWords.get(from + 15));
            }
            if (i < range.get(SCALES)) {
                int from = LANES * i;
                int to = LANES * (range.get(FIRST_SCALES) + i);
                scales.set(to + 0, pieceScales.get(from + 0));
                scales.set(to + 1, pieceScales.get(from + 1));
                scales.set(to + 2, pieceScales.get(from + 2));
                scales.set(to + 3, pieceScales.get(from + 3));
                scales.set(to + 4, pieceScales.get(from + 4));
                scales.set(to + 5, pieceScales.get(from + 5));
                scales.set(to + 6, pieceScales.get(from + 6));
                scales.set(to + 7, pieceScales.get(from + 7));
                scales.set(to + 8, pieceScales.get(from + 8));
                scales.set(to + 9, pieceScales.get(from + 9));
                scales.set(to + 10, pieceScales.get(from + 10));
                scales.set(to + 11, pieceScales.get(from + 11));
                scales.set(to + 12, pieceScales.get(from + 12));
                scales.set(to + 13, pieceScales.get(from + 13));
                scales.set(to + 14, pieceScales.get(from + 14));
                scales.set(to + 15, pieceScales.get(from + 15));
            }
        }
    }
}
