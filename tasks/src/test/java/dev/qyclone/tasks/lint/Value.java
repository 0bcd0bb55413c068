package dev.qyclone.tasks.lint;

/**
 * What is known of a value on the operand stack.
 *
 * @param least of an integer; of an array, of what it holds; {@link #UNBOUNDED} where it is not known
 * @param masked came out of {@code & 0xFF} or {@code & 0xFFFF}
 * @param maskedDifference a difference with a masked value
 * @param divergent may differ between items of a work-group
 * @param wide takes two words of the stack
 * @param constant null where it is not known
 * @param array which private array, by the instruction that made it; -1 for none
 * @param parameter which array that the kernel was handed, or a view of it; -1 for none
 */
record Value(
        long least, boolean masked, boolean maskedDifference, boolean divergent, boolean wide, Long constant, int array, int parameter) {
    static final long UNBOUNDED = Long.MIN_VALUE;
    static final Value ANY = new Value(UNBOUNDED, false, false, false, false, null, -1, -1);
    static final Value ANY_WIDE = new Value(UNBOUNDED, false, false, false, true, null, -1, -1);
    static final Value SIZE = new Value(0, false, false, false, false, null, -1, -1);

    static Value of(long constant, boolean wide) {
        return new Value(constant, false, false, false, wide, constant, -1, -1);
    }

    static Value array(int made) {
        return new Value(UNBOUNDED, false, false, false, false, null, made, -1);
    }

    boolean nonNegative() {
        return least >= 0;
    }

    Value atLeast(long bound) {
        return new Value(bound, masked, maskedDifference, divergent, wide, null, array, parameter);
    }

    Value divergent(boolean is) {
        return new Value(least, masked, maskedDifference, is, wide, constant, array, parameter);
    }

    Value wide(boolean is) {
        return new Value(least, masked, maskedDifference, divergent, is, constant, array, parameter);
    }

    Value masks(boolean mask, boolean difference) {
        return new Value(least, mask, difference, divergent, wide, constant, array, parameter);
    }

    Value ofParameter(int which) {
        return new Value(least, masked, maskedDifference, divergent, wide, constant, array, which);
    }

    boolean isPowerOfTwo() {
        return constant != null && Long.bitCount(Math.abs(constant)) == 1 && Math.abs(constant) > 1;
    }

    boolean is(long value) {
        return constant != null && constant == value;
    }

    /** What holds whichever of the two it is. */
    Value join(Value other) {
        return new Value(Math.min(least, other.least), masked || other.masked, maskedDifference || other.maskedDifference,
                divergent || other.divergent, wide, constant != null && constant.equals(other.constant) ? constant : null,
                array == other.array ? array : -1,
                parameter == other.parameter ? parameter : -1);
    }

    /** As {@link #join}, for a variable that is written again and again: bounds that sink are given up, so that it ends. */
    Value widen(Value other) {
        Value both = join(other);
        if (both.least == least) {
            return both;
        }
        long bound = both.least >= 0 ? 0 : UNBOUNDED;
        return new Value(bound, both.masked, both.maskedDifference, both.divergent, wide, both.constant, both.array, both.parameter);
    }
}
