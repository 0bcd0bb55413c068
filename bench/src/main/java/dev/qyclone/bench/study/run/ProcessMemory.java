package dev.qyclone.bench.study.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;

/** What Linux says of this process in /proc/self/status. */
final class ProcessMemory {
    private ProcessMemory() {
    }

    /** Most that was in memory at once; null on other systems. */
    static Long peakResidentBytes() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("VmHWM:")).findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).orElse(null);
        } catch (IOException e) {
            return null; // no /proc
        }
    }
}
