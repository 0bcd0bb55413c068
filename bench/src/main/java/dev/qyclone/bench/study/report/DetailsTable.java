package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Speed;
import java.util.List;
import java.util.stream.Collectors;

/** What remains to be said of each cell: its placement, memory, caches and all samples. */
final class DetailsTable {
    private DetailsTable() {
    }

    static String of(List<ReportRow> rows) {
        PageTable table = new PageTable("details", "#", "Placement", ">Peak memory", ">Planned", ">Keys and values", "Kernel checks",
                "Driver's cache", "Flags", "Prefill samples, tokens/s", "Decode samples, tokens/s");
        List<ReportRow> shown = rows.stream().filter(row -> !row.cell().placement().isEmpty()).toList();
        for (ReportRow row : shown) {
            Cell cell = row.cell();
            Memory memory = cell.memory();
            table.row(Integer.toString(row.number()), Markup.escaped(cell.placement()),
                    memory == null ? "" : Markup.bytes(memory.peakResidentBytes()), memory == null ? "" : planned(memory),
                    memory == null ? "" : Markup.bytes(memory.cacheBytes()), Markup.escaped(cell.caches().checks()),
                    Markup.escaped(cell.caches().driver()), Markup.escaped(cell.flags()), samples(cell.prefill()), samples(cell.decode()));
        }
        return shown.isEmpty() ? "" : table.html();
    }

    private static String planned(Memory memory) {
        return Markup.bytes(memory.planned().stream()
                .mapToLong(device -> device.mapped() + device.copied() + device.kv() + device.scratch()).sum());
    }

    private static String samples(Speed speed) {
        return speed == null ? "" : speed.samplesNanos().stream().map(nanos -> Markup.number(speed.tokens() * 1e9 / nanos))
                .collect(Collectors.joining(", "));
    }
}
