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
 * Calls a static method in a class loader apart, where {@link HostGroup} may extend KernelContext: TornadoVM compiles no kernel with
 * local memory any more in a JVM where its own KernelContext has a subclass.
 */
final class Apart {
    /** One for all calls: what it loaded stays compiled. */
    private static final ClassLoader LOADER = loader();

    private Apart() {
    }

    /** The result of {@code type.method(arguments)}, with the classes of the loader apart; it and the arguments are the JDK's. */
    static Object call(Class<?> type, String method, Object... arguments) {
        try {
            for (Method candidate : LOADER.loadClass(type.getName()).getDeclaredMethods()) {
                if (candidate.getName().equals(method)) {
                    candidate.setAccessible(true);
                    return candidate.invoke(null, arguments);
                }
            }
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        throw new IllegalArgumentException("no method " + method + " in " + type);
    }

    private static ClassLoader loader() {
        Set<URL> urls = new LinkedHashSet<>();
        try {
            urls.add(KernelContext.class.getProtectionDomain().getCodeSource().getLocation());
            for (String path : System.getProperty("java.class.path").split(File.pathSeparator)) {
                urls.add(Path.of(path).toUri().toURL());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        // No parent: the platform's loader would find TornadoVM's module, and with it the KernelContext that must stay alone.
        return new URLClassLoader(urls.toArray(URL[]::new), null);
    }
}
