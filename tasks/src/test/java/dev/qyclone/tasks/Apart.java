package dev.qyclone.tasks;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.Set;
import uk.ac.manchester.tornado.api.KernelContext;

/**
 * Calls a static method in a class loader of its own, where {@link HostGroup} may extend KernelContext: TornadoVM compiles no kernel with
 * local memory any more in a JVM where its own KernelContext has a subclass.
 */
final class Apart {
    private Apart() {
    }

    /** The result of {@code type.method(arguments)}, all of whose classes are loaded anew; it and the arguments are the JDK's. */
    static Object call(Class<?> type, String method, Object... arguments) {
        Set<URL> urls = new LinkedHashSet<>();
        try {
            urls.add(KernelContext.class.getProtectionDomain().getCodeSource().getLocation());
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(path).toUri().toURL());
            }
            // No parent: the platform's loader would find TornadoVM's module, and with it the KernelContext that must stay alone.
            try (URLClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), null)) {
                for (Method candidate : loader.loadClass(type.getName()).getDeclaredMethods()) {
                    if (candidate.getName().equals(method)) {
                        candidate.setAccessible(true);
                        return candidate.invoke(null, arguments);
                    }
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        throw new IllegalArgumentException("no method " + method + " in " + type);
    }
}
