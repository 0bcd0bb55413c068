package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;

/** The launcher script in a checkout of its own, with a JDK and a Maven that only write down how they were called. */
final class FakeCheckout {
    private static final String SCRIPT = "qyclone";
    private static final String FLAGS = "tasks/src/main/scripts/tornado-flags";

    final Path temp;
    final Path home;
    final Path script;
    final Path jdk;
    final Path source;

    /** What a run of the launcher gave. */
    record Result(int code, String out, String err) {
    }

    FakeCheckout(Path temp) throws IOException {
        Assumptions.assumeTrue(Files.isExecutable(Path.of("/bin/bash")) || Files.isExecutable(Path.of("/usr/bin/bash")), "no bash here");
        this.temp = temp;
        Path real = Path.of("").toAbsolutePath().resolve("..").normalize();
        home = Files.createDirectories(temp.resolve("a home with spaces"));
        script = Files.copy(real.resolve(SCRIPT), home.resolve(SCRIPT));
        Files.createDirectories(home.resolve(FLAGS).getParent());
        Files.copy(real.resolve(FLAGS), home.resolve(FLAGS));
        source = Files.writeString(Files.createDirectories(home.resolve("cli/src/main/java")).resolve("A.java"), "class A { }");
        Files.writeString(home.resolve("pom.xml"), "<project/>");
        jdk = jdk("jdk 25", "25.0.3");
        maven("""
                #!/bin/sh
                echo "$JAVA_HOME $*" >> builds.txt
                mkdir -p cli/target/lib && touch cli/target/qyclone.jar
                case "$*" in
                  *-Dtornado.version=*)
                    mkdir -p tasks/target/graal && touch cli/target/lib/qyclone-tasks-1.jar tasks/target/graal/compiler-25.0.2.jar
                    ;;
                esac
                """);
    }

    Path jdk(String name, String version) throws IOException {
        Path folder = Files.createDirectories(temp.resolve(name));
        Files.createDirectories(folder.resolve("bin"));
        Files.writeString(folder.resolve("release"), "IMPLEMENTOR=\"Nobody\"\nJAVA_VERSION=\"" + version + "\"\n");
        executable(folder.resolve("bin/java"), """
                #!/bin/sh
                echo "java of %s"
                [ -z "$QYCLONE_ARCHIVE" ] || echo "keeps $QYCLONE_ARCHIVE"
                [ -z "$GLIBC_TUNABLES" ] || echo "tunables $GLIBC_TUNABLES"
                for a in "$@"; do echo "<$a>"; done
                exit 7
                """.formatted(name));
        executable(folder.resolve("bin/javac"), "#!/bin/sh\n");
        return folder;
    }

    /** A TornadoVM SDK with the files that the launcher looks at, and drivers of these backends. */
    Path sdk(Path folder, String version, String... backends) throws IOException {
        Path jars = Files.createDirectories(folder.resolve("share/java/tornado"));
        Path lists = Files.createDirectories(folder.resolve("etc/exportLists"));
        Path graal = Files.createDirectories(folder.resolve("share/java/graalJars"));
        for (String jar : List.of("compiler-25.0.2.jar", "compiler-management-25.0.2.jar", "truffle-api-25.0.2.jar", "word-25.0.2.jar")) {
            Files.createFile(graal.resolve(jar));
        }
        Files.createDirectories(folder.resolve("lib"));
        for (String part : List.of("runtime", "annotation", "api", "drivers-common")) {
            Files.createFile(jars.resolve("tornado-" + part + "-" + version + ".jar"));
        }
        Files.writeString(lists.resolve("common-exports"), """
                # a word

                --add-reads=tornado.runtime=jdk.graal.compiler
                --add-exports=jdk.graal.compiler/jdk.graal.compiler.nodes=tornado.runtime
                --add-exports=jdk.internal.vm.ci/jdk.vm.ci.meta=tornado.runtime,tornado.annotation
                --add-opens=java.base/jdk.internal.misc=jdk.graal.compiler
                """);
        for (String backend : backends) {
            Files.createFile(jars.resolve("tornado-drivers-" + backend + "-" + version + ".jar"));
            Files.createFile(jars.resolve("tornado-drivers-" + backend + "-jni-" + version + "-libs.jar"));
            Files.writeString(lists.resolve(backend + "-exports"),
                    "--add-opens=java.base/" + backend + "=tornado.drivers." + backend + "\n");
        }
        Files.writeString(folder.resolve("etc/tornado.release"), "version=" + version + "\nbranch=UNKNOWN\n");
        return folder;
    }

    void maven(String text) throws IOException {
        executable(home.resolve("mvnw"), text);
    }

    private static void executable(Path file, String text) throws IOException {
        Files.writeString(file, text);
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
    }

    /** Starts the launcher, by this path of it, in a home without SDKs unless the environment names one. */
    Result launch(Path path, Map<String, String> environment, String... args) throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of("bash", path.toString()));
        command.addAll(List.of(args));
        Path out = temp.resolve("out.txt");
        Path err = temp.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(command).directory(Path.of("/").toFile())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        builder.environment().keySet().removeIf(name -> name.equals("TORNADOVM_HOME") || name.startsWith("QYCLONE_"));
        builder.environment().put("HOME", temp.toString());
        builder.environment().put("JAVA_HOME", jdk.toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        process.getOutputStream().close();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "the launcher hangs");
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err, StandardCharsets.UTF_8));
    }

    Result launch(Map<String, String> environment, String... args) throws IOException, InterruptedException {
        return launch(script, environment, args);
    }

    Result launch(String... args) throws IOException, InterruptedException {
        return launch(new HashMap<>(), args);
    }

    /** How Maven was called, one line for each time. */
    List<String> builds() throws IOException {
        Path record = home.resolve("builds.txt");
        return Files.exists(record) ? Files.readAllLines(record) : List.of();
    }
}
