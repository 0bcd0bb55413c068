package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.Memory;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** What open cells take of each memory, so that only so many are open at once as fit. */
final class MemoryBook {
    private static final String HOST = "host";
    /** What a JVM takes besides what the planner counts. */
    private static final long JVM = 400L << 20;
    /** The system and the pages of mapped weights need some. */
    private static final double USABLE = 0.8;

    private final Map<String, Long> taken = new HashMap<>();
    private final long host;

    MemoryBook(long hostBytes) {
        this.host = (long) (USABLE * hostBytes);
    }

    /** Enters a cell, if there is room for it beside those that are in the book. */
    boolean enter(CellWorker.Prepared cell) {
        Map<String, Long> needs = needs(cell);
        for (Map.Entry<String, Long> need : needs.entrySet()) {
            if (taken.getOrDefault(need.getKey(), 0L) + need.getValue() > room(need.getKey(), cell.devices())) {
                return false;
            }
        }
        needs.forEach((memory, bytes) -> taken.merge(memory, bytes, Long::sum));
        return true;
    }

    private long room(String memory, List<CellDevice> devices) {
        return memory.equals(HOST) ? host
                : devices.stream().filter(device -> device.id().equals(memory)).findFirst().orElseThrow().memoryBytes();
    }

    private static Map<String, Long> needs(CellWorker.Prepared cell) {
        Map<String, Long> needs = new HashMap<>(Map.of(HOST, JVM));
        for (Memory.Planned planned : cell.planned()) {
            CellDevice device = cell.devices().stream().filter(one -> one.id().equals(planned.device())).findFirst().orElseThrow();
            boolean ofHost = device.kind().equals("cpu") || device.kind().equals("simulator");
            needs.merge(ofHost ? HOST : device.id(), planned.copied() + planned.kv() + planned.scratch(), Long::sum);
        }
        return needs;
    }
}
