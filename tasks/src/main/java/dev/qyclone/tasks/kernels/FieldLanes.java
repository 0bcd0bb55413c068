package dev.qyclone.tasks.kernels;

import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.vectors.Float16;

/** {@link Fields} of sixteen neighbouring words: one weight of each of the sixteen rows of a group. */
final class FieldLanes {
    private FieldLanes() {
    }

    static Float16 floats(FloatArray values, int at) {
        return new Float16(
                values.get(at), values.get(at + 1), values.get(at + 2), values.get(at + 3),
                values.get(at + 4), values.get(at + 5), values.get(at + 6), values.get(at + 7),
                values.get(at + 8), values.get(at + 9), values.get(at + 10), values.get(at + 11),
                values.get(at + 12), values.get(at + 13), values.get(at + 14), values.get(at + 15));
    }

    static Float16 signed(IntArray words, int at, int left, int right) {
        return new Float16(
                Fields.signed(words, at, left, right), Fields.signed(words, at + 1, left, right),
                Fields.signed(words, at + 2, left, right), Fields.signed(words, at + 3, left, right),
                Fields.signed(words, at + 4, left, right), Fields.signed(words, at + 5, left, right),
                Fields.signed(words, at + 6, left, right), Fields.signed(words, at + 7, left, right),
                Fields.signed(words, at + 8, left, right), Fields.signed(words, at + 9, left, right),
                Fields.signed(words, at + 10, left, right), Fields.signed(words, at + 11, left, right),
                Fields.signed(words, at + 12, left, right), Fields.signed(words, at + 13, left, right),
                Fields.signed(words, at + 14, left, right), Fields.signed(words, at + 15, left, right));
    }

    static Float16 six(IntArray words, int at, int shift) {
        return new Float16(
                Fields.six(words, at, shift), Fields.six(words, at + 1, shift),
                Fields.six(words, at + 2, shift), Fields.six(words, at + 3, shift),
                Fields.six(words, at + 4, shift), Fields.six(words, at + 5, shift),
                Fields.six(words, at + 6, shift), Fields.six(words, at + 7, shift),
                Fields.six(words, at + 8, shift), Fields.six(words, at + 9, shift),
                Fields.six(words, at + 10, shift), Fields.six(words, at + 11, shift),
                Fields.six(words, at + 12, shift), Fields.six(words, at + 13, shift),
                Fields.six(words, at + 14, shift), Fields.six(words, at + 15, shift));
    }

    static Float16 wide(IntArray words, int at, int shift, int high, int highLeft, int highRight) {
        return new Float16(
                Fields.wide(words, at, shift, high, highLeft, highRight), Fields.wide(words, at + 1, shift, high + 1, highLeft, highRight),
                Fields.wide(words, at + 2, shift, high + 2, highLeft, highRight),
                Fields.wide(words, at + 3, shift, high + 3, highLeft, highRight),
                Fields.wide(words, at + 4, shift, high + 4, highLeft, highRight),
                Fields.wide(words, at + 5, shift, high + 5, highLeft, highRight),
                Fields.wide(words, at + 6, shift, high + 6, highLeft, highRight),
                Fields.wide(words, at + 7, shift, high + 7, highLeft, highRight),
                Fields.wide(words, at + 8, shift, high + 8, highLeft, highRight),
                Fields.wide(words, at + 9, shift, high + 9, highLeft, highRight),
                Fields.wide(words, at + 10, shift, high + 10, highLeft, highRight),
                Fields.wide(words, at + 11, shift, high + 11, highLeft, highRight),
                Fields.wide(words, at + 12, shift, high + 12, highLeft, highRight),
                Fields.wide(words, at + 13, shift, high + 13, highLeft, highRight),
                Fields.wide(words, at + 14, shift, high + 14, highLeft, highRight),
                Fields.wide(words, at + 15, shift, high + 15, highLeft, highRight));
    }

    static Float16 half(IntArray words, int at, int left) {
        return new Float16(
                Fields.half(words, at, left), Fields.half(words, at + 1, left),
                Fields.half(words, at + 2, left), Fields.half(words, at + 3, left),
                Fields.half(words, at + 4, left), Fields.half(words, at + 5, left),
                Fields.half(words, at + 6, left), Fields.half(words, at + 7, left),
                Fields.half(words, at + 8, left), Fields.half(words, at + 9, left),
                Fields.half(words, at + 10, left), Fields.half(words, at + 11, left),
                Fields.half(words, at + 12, left), Fields.half(words, at + 13, left),
                Fields.half(words, at + 14, left), Fields.half(words, at + 15, left));
    }

    static Float16 relative(IntArray words, int at, int left) {
        return new Float16(
                Fields.relative(words, at, left), Fields.relative(words, at + 1, left),
                Fields.relative(words, at + 2, left), Fields.relative(words, at + 3, left),
                Fields.relative(words, at + 4, left), Fields.relative(words, at + 5, left),
                Fields.relative(words, at + 6, left), Fields.relative(words, at + 7, left),
                Fields.relative(words, at + 8, left), Fields.relative(words, at + 9, left),
                Fields.relative(words, at + 10, left), Fields.relative(words, at + 11, left),
                Fields.relative(words, at + 12, left), Fields.relative(words, at + 13, left),
                Fields.relative(words, at + 14, left), Fields.relative(words, at + 15, left));
    }
}
