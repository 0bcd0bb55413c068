package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PassedChecksTest {
    private static final List<String> FACTS = List.of("device", "kernels");

    @TempDir
    private Path folder;

    @Test
    void whatPassedIsKnownUntilItIsToBeForgotten() {
        PassedChecks passed = new PassedChecks(folder, false);
        assertFalse(passed.has(FACTS));
        passed.keep(FACTS);
        assertTrue(new PassedChecks(folder, false).has(FACTS));
        assertFalse(passed.has(List.of("device", "other kernels")));
        assertFalse(new PassedChecks(folder, true).has(FACTS));
        assertFalse(new PassedChecks(null, false).has(FACTS));
    }

    /** The same code is known again wherever it lies: the class is loaded once more from a folder of this name. */
    @ParameterizedTest
    @ValueSource(strings = {"code", "my code", "50% Märchen+"})
    void theSameCodeIsKnownAgain(String name) throws IOException, ReflectiveOperationException {
        Path code = folder.resolve(name);
        for (Class<?> one : List.of(PassedChecks.class, BuildHash.class)) {
            String file = one.getName().replace('.', '/') + ".class";
            Files.createDirectories(code.resolve(file).getParent());
            try (InputStream bytes = one.getClassLoader().getResourceAsStream(file)) {
                Files.copy(bytes, code.resolve(file));
            }
        }
        Path kept = folder.resolve("kept");
        try (URLClassLoader loader = new URLClassLoader(new URL[] {code.toUri().toURL()}, ClassLoader.getPlatformClassLoader())) {
            Class<?> there = loader.loadClass(PassedChecks.class.getName());
            Constructor<?> constructor = there.getDeclaredConstructor(Path.class, boolean.class);
            constructor.setAccessible(true);
            Object passed = constructor.newInstance(kept, false);
            Method keep = there.getDeclaredMethod("keep", List.class);
            Method has = there.getDeclaredMethod("has", List.class);
            keep.setAccessible(true);
            has.setAccessible(true);
            keep.invoke(passed, FACTS);
            keep.invoke(passed, FACTS);
            assertEquals(true, has.invoke(passed, FACTS));
        }
        try (Stream<Path> files = Files.list(kept.resolve("checks"))) {
            assertEquals(1, files.count());
        }
    }
}
