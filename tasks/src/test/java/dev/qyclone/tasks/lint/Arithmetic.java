package dev.qyclone.tasks.lint;

import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.util.Optional;

/** What is known of results of integer arithmetic, overflow apart. */
final class Arithmetic {
    private Arithmetic() {
    }

    static Value unary(Value a) {
        return a.atLeast(Value.UNBOUNDED);
    }

    static Value binary(Opcode opcode, Value a, Value b) {
        boolean masked = a.masked() || b.masked();
        boolean difference = a.maskedDifference() || b.maskedDifference();
        Value result = (a.wide() ? Value.ANY_WIDE : Value.ANY).divergent(a.divergent() || b.divergent());
        return switch (opcode) {
            case IADD, LADD -> result.atLeast(plus(a.least(), b.least()))
                    .masks(masked, difference || masked && (negative(a) || negative(b)));
            case ISUB, LSUB -> result.atLeast(b.constant() == null ? Value.UNBOUNDED : plus(a.least(), -b.constant()))
                    .masks(false, masked || difference);
            case IMUL, LMUL -> result.atLeast(times(a, b)).masks(masked, difference);
            case IDIV, LDIV -> result.atLeast(b.nonNegative() ? Math.min(0, a.least()) : Value.UNBOUNDED).masks(masked, difference);
            case IREM, LREM -> result.atLeast(Math.min(0, a.least())).masks(masked, difference);
            case IAND, LAND -> result.atLeast(a.nonNegative() || b.nonNegative() ? 0 : Value.UNBOUNDED)
                    .masks(isMask(a) || isMask(b), false);
            case IOR, LOR, IXOR, LXOR -> result.atLeast(a.nonNegative() && b.nonNegative() ? 0 : Value.UNBOUNDED).masks(masked, difference);
            case ISHL, LSHL -> result.atLeast(a.nonNegative() && b.constant() != null && b.constant() < 24 ? 0 : Value.UNBOUNDED)
                    .masks(a.masked(), difference);
            case ISHR, LSHR, IUSHR, LUSHR -> result.atLeast(a.nonNegative() ? 0 : Value.UNBOUNDED).masks(a.masked(), difference);
            default -> result;
        };
    }

    private static long plus(long a, long b) {
        return a == Value.UNBOUNDED || b == Value.UNBOUNDED ? Value.UNBOUNDED : Math.clamp(a + b, Integer.MIN_VALUE, Integer.MAX_VALUE);
    }

    private static long times(Value a, Value b) {
        return a.nonNegative() && b.nonNegative() ? Math.min(Integer.MAX_VALUE, a.least() * b.least()) : Value.UNBOUNDED;
    }

    private static boolean negative(Value v) {
        return v.constant() != null && v.constant() < 0;
    }

    private static boolean isMask(Value v) {
        return v.is(0xFF) || v.is(0xFFFF);
    }

    static Value convert(Value v, TypeKind from, TypeKind to) {
        boolean wide = to == TypeKind.LONG || to == TypeKind.DOUBLE;
        return switch (to) {
            case BYTE, SHORT -> Value.ANY.divergent(v.divergent());
            case CHAR -> Value.SIZE.divergent(v.divergent());
            case INT, LONG -> from == TypeKind.INT || from == TypeKind.LONG ? v.wide(wide)
                    : (wide ? Value.ANY_WIDE : Value.ANY).divergent(v.divergent());
            default -> (wide ? Value.ANY_WIDE : Value.ANY).divergent(v.divergent());
        };
    }

    /** A call whose result is known, of a class that is not a kernel's. */
    static Optional<Value> known(String owner, String name, Value receiver, Value first, Value second) {
        boolean math = owner.equals("java.lang.Math") || owner.endsWith(".TornadoMath");
        return switch (name) {
            case "min" -> math ? Optional.of(first.join(second)) : Optional.empty();
            case "max" -> math ? Optional.of(first.join(second).atLeast(Math.max(first.least(), second.least()))) : Optional.empty();
            case "get" -> owner.endsWith("IntArray") ? Optional.of(Value.ANY.atLeast(receiver.least())) : Optional.empty();
            case "intValue" -> Optional.of(receiver);
            case "getSize" -> Optional.of(Value.SIZE);
            default -> Optional.empty();
        };
    }
}
