package dev.qyclone.engine.ops;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.MethodModel;
import java.lang.reflect.AccessFlag;
import java.util.List;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * The plain and the fast arithmetic lie side by side: the methods of {@link Ops}, in its order. Compilers keep the order of a source.
 * What the contract itself writes in terms of the other operations, the plain form leaves there.
 */
class TwinsTest {
    @Test
    void bothTwinsFollowTheOrderOfTheContract() throws IOException {
        List<String> contract = operations(Ops.class, method -> true);
        List<String> unwritten = operations(Ops.class, method -> method.flags().has(AccessFlag.ABSTRACT));
        assertFalse(unwritten.isEmpty());
        assertEquals(unwritten, operations(ScalarOps.class, method -> true));
        assertEquals(contract, operations(VectorOps.class, method -> true));
    }

    private static List<String> operations(Class<?> type, Predicate<MethodModel> which) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            return model.methods().stream().filter(TwinsTest::isOperation).filter(which)
                    .map(method -> method.methodName().stringValue() + method.methodType().stringValue()).toList();
        }
    }

    private static boolean isOperation(MethodModel method) {
        return method.flags().has(AccessFlag.PUBLIC) && !method.flags().has(AccessFlag.STATIC)
                && !method.flags().has(AccessFlag.SYNTHETIC) && !method.methodName().equalsString("<init>");
    }
}
