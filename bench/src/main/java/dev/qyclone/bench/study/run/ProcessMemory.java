package dev.qyclone.bench.study.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The most that this process held at once, as Linux tells it in /proc/self/status, less what was left out. The kernel has one figure for
 * all the time; it begins again when 5 is written to /proc/self/clear_refs.
 */
final class ProcessMemory {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final Path CLEAR = Path.of("/proc/self/clear_refs");
    /** Memory of objects that were collected is given back by a thread of the JVM's own. */
    private static final long CLEANING_MILLIS = 100;

    private Long before;
    private boolean usable = true;

    /** Does something whose memory shall be in no figure. Where the kernel cannot begin again, the figure of before is the last. */
    <T> T leavingOut(Supplier<T> work) {
        before = peakResidentBytes();
        try {
            return work.get();
        } finally {
            System.gc();
            pause();
            usable &= forget();
        }
    }

    /** Most that was in memory at once; null where the system does not say. */
    Long peakResidentBytes() {
        Long since = usable ? highWaterMark() : null;
        if (since == null || before == null) {
            return before == null ? since : before;
        }
        return Math.max(before, since);
    }

    private static void pause() {
        try {
            Thread.sleep(CLEANING_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Long highWaterMark() {
        try (Stream<String> lines = Files.lines(STATUS)) {
            return lines.filter(line -> line.startsWith("VmHWM:")).findFirst()
                    .map(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).orElse(null);
        } catch (IOException e) {
            return null; // no /proc
        }
    }

    /** Lets the kernel's figure begin with what is in memory now. @return false where that is not possible */
    static boolean forget() {
        try {
            Files.writeString(CLEAR, "5", StandardOpenOption.WRITE);
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
