package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Availability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** Whether this JVM can run TornadoVM, told without touching a class of it. */
final class TornadoRuntimeCheck {
    /** The version that module {@code tasks} is built and tested with. */
    static final String BUILT_FOR = "5.2.0-jdk25";

    static final String BAILOUT = "tornado.recover.bailout";
    static final String PARALLEL = "tornado.load.annotation.parallel";

    /** Where TornadoVM's runtime is, on the module path or the class path; null where it is on neither. A resource loads no class. */
    private static final URL RUNTIME = ClassLoader.getSystemResource("uk/ac/manchester/tornado/runtime/TornadoCoreRuntime.class");

    private TornadoRuntimeCheck() {
    }

    static Availability availability() {
        PrintedKernels.prepare(); // no class of TornadoVM is loaded yet, if it is ours to load them
        return availability(RUNTIME != null, installed(), System::getProperty);
    }

    /**
     * @param started whether the JVM has TornadoVM's runtime
     * @param installed the SDK on this machine, or null
     * @param property the JVM's system properties
     */
    static Availability availability(boolean started, Path installed, UnaryOperator<String> property) {
        if (!started && installed == null) {
            return new Availability.Missing("no TornadoVM SDK is installed (TORNADOVM_HOME, ~/.sdkman/candidates/tornadovm/current)",
                    "install one with \"sdk install tornadovm " + BUILT_FOR + "-opencl\" or set TORNADOVM_HOME, and start with ./qyclone");
        }
        if (!started) {
            return new Availability.Missing("this JVM was started without TornadoVM's flags, though an SDK is in " + installed,
                    "start with ./qyclone, without --no-tornado and with a JDK that the SDK is made for");
        }
        // TornadoVM's own default is to run a kernel that fails as plain Java on the host, with exit code 0.
        if (!"False".equalsIgnoreCase(property.apply(BAILOUT))) {
            return new Availability.Missing("TornadoVM's sequential bail-out is on: a kernel that fails would run on the host unnoticed",
                    "start with ./qyclone, or add -D" + BAILOUT + "=False");
        }
        // Without it every work-item runs the whole of a parallel loop, which gives wrong results where items add to what they read.
        if (property.apply(PARALLEL) == null) {
            return new Availability.Missing("the flag -D" + PARALLEL + " is missing: every item would run a parallel loop whole",
                    "start with ./qyclone, or add -D" + PARALLEL + "=uk.ac.manchester.tornado.api.annotations.Parallel");
        }
        return new Availability.Ready();
    }

    /** What is to be said of an SDK of this version: nothing new where it is the one that all was tested with. */
    static String versionNote(String version) {
        return BUILT_FOR.equals(version) ? "TornadoVM " + version
                : "TornadoVM " + version + ", not the " + BUILT_FOR + " that this backend was built and tested with";
    }

    /** The version of the SDK that this JVM was started with; "of unknown version" where it does not say. */
    static String version() {
        return home().map(home -> home.resolve("etc/tornado.release")).filter(Files::isReadable)
                .flatMap(TornadoRuntimeCheck::versionIn).orElse("of unknown version");
    }

    /** Its files with their sizes and dates: a version may have been built again. */
    static String jars() {
        return home().map(home -> home.resolve("share/java/tornado")).filter(Files::isDirectory).map(folder -> {
            try (var jars = Files.list(folder)) {
                return jars.filter(jar -> jar.getFileName().toString().startsWith("tornado-")).sorted()
                        .map(jar -> jar + " " + jar.toFile().length() + " " + jar.toFile().lastModified()).toList().toString();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).orElse("unknown");
    }

    static Optional<String> versionIn(Path release) {
        try {
            return Files.readAllLines(release).stream().filter(line -> line.startsWith("version="))
                    .map(line -> line.substring("version=".length()).strip()).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Path installed() {
        String named = System.getenv("TORNADOVM_HOME");
        Path place = named != null ? Path.of(named) : Path.of(System.getProperty("user.home"), ".sdkman/candidates/tornadovm/current");
        return Files.isReadable(place.resolve("etc/tornado.release")) ? place : null;
    }

    /** The SDK's folder: its runtime lies in share/java/tornado. */
    private static Optional<Path> home() {
        if (RUNTIME == null) {
            return Optional.empty();
        }
        try {
            URL jar = ((JarURLConnection) RUNTIME.openConnection()).getJarFileURL();
            return Optional.of(Path.of(jar.toURI()).getParent().getParent().getParent().getParent());
        } catch (IOException | URISyntaxException e) {
            throw new IllegalStateException("TornadoVM's runtime is no jar: " + RUNTIME, e);
        }
    }
}
