package dev.qyclone.bench.study.run;

import dev.qyclone.engine.stage.Backends;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** A cell's own JVM for tests, on the host alone and with the launcher's garbage collector and heap. */
final class CellMain {
    private CellMain() {
    }

    public static void main(String[] args) throws IOException {
        StudyWorker.serve(new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)), System.out::println,
                Backends::discover);
    }

    static List<String> command() {
        return List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", "-Xms32m", "-Xmx1g", "-XX:+UseSerialGC", "-cp", System.getProperty("java.class.path"),
                CellMain.class.getName());
    }
}
