package dev.qyclone.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/** What this process has of the machine's memory, without mapped files, by Linux: where a device on its CPU has its arrays. */
final class ResidentMemory {
    private static final int LOOKS = 5;
    private static final Duration PAUSE = Duration.ofMillis(200);

    private ResidentMemory() {
    }

    /** The least of some looks: the host's arrays are freed some time after they are collected, and what has leaked stays. */
    static long bytes() throws IOException, InterruptedException {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < LOOKS; i++) {
            System.gc();
            Thread.sleep(PAUSE);
            String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(one -> one.startsWith("RssAnon:")).findFirst()
                    .orElseThrow();
            least = Math.min(least, Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024);
        }
        return least;
    }
}
