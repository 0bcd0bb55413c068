package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a JVM keeps of its classes, and that another takes it. */
class ClassArchiveTest {
    @TempDir
    private Path temp;

    /** Lets a JVM keep its classes in the file that its argument names. */
    static final class Keeper {
        private Keeper() {
        }

        public static void main(String[] args) {
            System.exit(ClassArchive.keep(args[0]) ? 0 : 3);
        }
    }

    /** The exit code of a JVM with this program on its path, and what it said. */
    private record Run(int code, String said) {
    }

    private Run run(Path archive, String... flags) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"), "bin", "java");
        Path jar = temp.resolve("keeper.jar");
        if (!Files.exists(jar)) {
            // An archive wants classes out of jars.
            Path classes = Path.of("target");
            Process packing = new ProcessBuilder(java.resolveSibling("jar").toString(), "-cf", jar.toString(),
                    "-C", classes.resolve("classes").toString(), "dev/qyclone/cli/ClassArchive.class",
                    "-C", classes.resolve("test-classes").toString(), "dev/qyclone/cli/ClassArchiveTest$Keeper.class").inheritIO().start();
            assertEquals(0, packing.waitFor());
        }
        Path said = temp.resolve("said.txt");
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(List.of(flags));
        command.addAll(List.of("-cp", jar.toString(), Keeper.class.getName(), archive.toString()));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(said.toFile()).start();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "it hangs");
        return new Run(process.exitValue(), Files.readString(said));
    }

    @Test
    void keepsAnArchiveThatALaterJvmTakes() throws IOException, InterruptedException {
        Path archive = temp.resolve("a name with spaces.jsa");
        Run first = run(archive, "-XX:+RecordDynamicDumpInfo", "-Xlog:cds*=off,aot*=off");
        assertEquals(0, first.code(), first.said());
        assertTrue(Files.size(archive) > 0);
        Run second = run(temp.resolve("none.jsa"), "-XX:SharedArchiveFile=" + archive, "-Xlog:class+load");
        assertTrue(second.said().lines().anyMatch(line -> line.contains("ClassArchive ") && line.contains("shared objects file (top)")),
                second.said());
    }

    @Test
    void aJvmThatDoesNotRecordKeepsNothingAndGoesOn() throws IOException, InterruptedException {
        Path archive = temp.resolve("none.jsa");
        Run run = run(archive);
        assertEquals(3, run.code(), run.said());
        assertFalse(Files.exists(archive));
    }

    @Test
    void nothingIsAskedFor() {
        assertFalse(ClassArchive.keep(null));
        assertFalse(ClassArchive.keep(""));
    }
}
