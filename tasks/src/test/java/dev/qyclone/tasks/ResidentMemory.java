package dev.qyclone.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What this process has of the machine's memory, by Linux. A device that is the machine's own CPU keeps its arrays there. */
final class ResidentMemory {
    private ResidentMemory() {
    }

    static long bytes() throws IOException {
        System.gc(); // the host's arrays are freed when they are collected
        String line = Files.readAllLines(Path.of("/proc/self/status")).stream().filter(one -> one.startsWith("VmRSS:")).findFirst()
                .orElseThrow();
        return Long.parseLong(line.replaceAll("[^0-9]", "")) * 1024;
    }
}
