package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Availability;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Whether this JVM can run TornadoVM, told without touching a class of it. */
final class TornadoRuntimeCheck {
    /** The version that module {@code tasks} is built and tested with. */
    static final String BUILT_FOR = "5.2.0-jdk25";

    private static final String INSTALL = "install an SDK with \"sdk install tornadovm " + BUILT_FOR
            + "-opencl\" or set TORNADOVM_HOME to one, and start with ./qyclone";

    private TornadoRuntimeCheck() {
    }

    static Availability availability() {
        if (ModuleLayer.boot().findModule("tornado.runtime").isEmpty()) {
            return new Availability.Missing("this JVM was started without TornadoVM", INSTALL);
        }
        // TornadoVM's own default is to run a kernel that fails as plain Java on the host, with exit code 0.
        if (!"False".equalsIgnoreCase(System.getProperty("tornado.recover.bailout", "True"))) {
            return new Availability.Missing("TornadoVM's sequential bail-out is on: a kernel that fails would run on the host unnoticed",
                    "start with ./qyclone, or add -Dtornado.recover.bailout=False");
        }
        return new Availability.Ready();
    }

    /** The SDK's version, or empty where it does not say. */
    static Optional<String> version() {
        return home().map(home -> home.resolve("etc/tornado.release")).filter(Files::isReadable).flatMap(TornadoRuntimeCheck::versionIn);
    }

    private static Optional<String> versionIn(Path release) {
        try {
            return Files.readAllLines(release).stream().filter(line -> line.startsWith("version="))
                    .map(line -> line.substring("version=".length()).strip()).findFirst();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The SDK's folder: its api lies in share/java/tornado. */
    private static Optional<Path> home() {
        return ModuleLayer.boot().configuration().findModule("tornado.api")
                .flatMap(module -> module.reference().location()).map(URI::normalize).map(Path::of)
                .map(jar -> jar.getParent().getParent().getParent().getParent());
    }
}
