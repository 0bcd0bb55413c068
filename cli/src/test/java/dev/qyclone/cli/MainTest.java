package dev.qyclone.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.DataInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program in a JVM of its own, started as nobody should: without the launcher's flags. */
class MainTest {
    private static final int JAVA_8 = 52;

    @TempDir
    private Path temp;

    @Test
    void runsOnTheReferenceOpsWithoutTheVectorModule() throws IOException, InterruptedException {
        DemoGolden golden = DemoGolden.all().getFirst();
        Path out = temp.resolve("out.txt");
        Path err = temp.resolve("err.txt");
        ProcessBuilder builder = new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp", System.getProperty("java.class.path"),
                "dev.qyclone.cli.Main", "run", "--quiet", "--greedy", "-n", "48", golden.text())
                .redirectOutput(out.toFile()).redirectError(err.toFile());
        // Java says on stderr that it has read them.
        builder.environment().keySet().removeAll(List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS"));
        Process process = builder.start();
        assertTrue(process.waitFor(300, TimeUnit.SECONDS), "it hangs");
        List<String> lines = Files.readAllLines(err);
        assertEquals(ExitCode.SUCCESS, process.exitValue(), lines.toString());
        assertEquals(golden.greedyText() + "\n", Files.readString(out));
        assertEquals(1, lines.size(), lines.toString());
        assertTrue(lines.getFirst().contains("the vector module is missing"), lines.toString());
        assertTrue(lines.getFirst().contains("--add-modules"), lines.toString());
    }

    @Test
    void anOldJavaCanLoadMainToSayWhatItNeeds() throws IOException {
        try (DataInputStream content = new DataInputStream(Main.class.getResourceAsStream("Main.class"))) {
            content.skipBytes(6);
            assertEquals(JAVA_8, content.readUnsignedShort());
        }
    }
}
