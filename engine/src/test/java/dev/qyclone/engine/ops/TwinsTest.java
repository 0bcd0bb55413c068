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
import org.junit.jupiter.api.Test;

/** The plain and the fast arithmetic lie side by side: the methods of {@link Ops}, in its order. Compilers keep the order of a source. */
class TwinsTest {
    @Test
    void bothTwinsFollowTheOrderOfTheContract() throws IOException {
        List<String> contract = publicMethods(Ops.class);
        assertFalse(contract.isEmpty());
        assertEquals(contract, publicMethods(ScalarOps.class));
        assertEquals(contract, publicMethods(VectorOps.class));
    }

    private static List<String> publicMethods(Class<?> type) throws IOException {
        try (InputStream in = type.getResourceAsStream(type.getSimpleName() + ".class")) {
            ClassModel model = ClassFile.of().parse(in.readAllBytes());
            return model.methods().stream().filter(TwinsTest::isOperation)
                    .map(method -> method.methodName().stringValue() + method.methodType().stringValue()).toList();
        }
    }

    private static boolean isOperation(MethodModel method) {
        return method.flags().has(AccessFlag.PUBLIC) && !method.flags().has(AccessFlag.STATIC)
                && !method.flags().has(AccessFlag.SYNTHETIC) && !method.methodName().equalsString("<init>");
    }
}
