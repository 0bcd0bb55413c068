package dev.qyclone.tasks;

import java.io.Serializable;
import java.lang.invoke.SerializedLambda;
import java.lang.reflect.Method;
import java.util.Optional;
import java.util.StringJoiner;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Which kernel it is, as far as its code goes: its method and its arguments, of which TornadoVM compiles numbers and sizes in.
 *
 * @param entry the method's name, which is the kernel's in its source
 * @param words method and arguments
 */
record KernelKey(String entry, String words) {
    /** Empty if a reference does not tell its method, or an argument is of a kind that no kernel here has. */
    static Optional<KernelKey> of(Serializable kernel, Object[] arguments) {
        Optional<SerializedLambda> method = method(kernel);
        if (method.isEmpty()) {
            return Optional.empty();
        }
        SerializedLambda m = method.get();
        StringJoiner words = new StringJoiner("\n");
        words.add(m.getImplClass() + "." + m.getImplMethodName() + m.getImplMethodSignature());
        for (Object argument : arguments) {
            switch (argument) {
                case Integer i -> words.add("int " + i);
                case Float f -> words.add("float " + Float.floatToRawIntBits(f));
                case KernelContext context -> words.add("context");
                case TornadoNativeArray array -> words.add(array.getClass().getName() + " " + array.getSize());
                default -> {
                    return Optional.empty();
                }
            }
        }
        return Optional.of(new KernelKey(m.getImplMethodName(), words.toString()));
    }

    private static Optional<SerializedLambda> method(Serializable kernel) {
        try {
            Method replacement = kernel.getClass().getDeclaredMethod("writeReplace");
            replacement.setAccessible(true);
            return replacement.invoke(kernel) instanceof SerializedLambda lambda && lambda.getCapturedArgCount() == 0
                    ? Optional.of(lambda) : Optional.empty();
        } catch (ReflectiveOperationException e) {
            return Optional.empty(); // no method reference
        }
    }
}
