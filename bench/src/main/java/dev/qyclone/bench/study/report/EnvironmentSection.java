package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.Environment;
import dev.qyclone.bench.study.RunFacts;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySettings;
import java.util.List;

/** Where and with what each run was made. */
final class EnvironmentSection {
    private EnvironmentSection() {
    }

    static String of(Study study) {
        StringBuilder html = new StringBuilder();
        for (RunFacts run : study.runs()) {
            html.append("<h3>").append(Markup.escaped(run.label())).append("</h3>\n");
            facts(html, run);
            html.append(devices(study.cells().stream().filter(cell -> cell.run().equals(run.label())).toList()));
            html.append(limits(run));
        }
        return html.toString();
    }

    private static void facts(StringBuilder html, RunFacts run) {
        Environment environment = run.environment();
        StudySettings settings = run.settings();
        html.append("<dl>\n");
        fact(html, "Model", run.model() + ", " + run.modelType() + ", " + Markup.bytes(run.modelBytes()));
        fact(html, "Measured", run.began() + " to " + run.ended() + (run.complete() ? "" : ", ended before it was through"));
        fact(html, "Processor", environment.processor() + ", " + environment.processors() + " processors, "
                + Markup.bytes(environment.memoryBytes()) + " of memory"
                + (environment.loadAverage() < 0 ? "" : Markup.format(", load average %.1f at the beginning", environment.loadAverage())));
        fact(html, "System", environment.os());
        fact(html, "Java", environment.java());
        fact(html, "TornadoVM", environment.tornado().isEmpty() ? "none" : environment.tornado());
        fact(html, "Commit", environment.commit());
        fact(html, "Tests",
                Markup.format("prefill of %d ids and decode of %d, %d %s after %s s of warm-up, %d threads; logits after prompts"
                        + " of %s ids and %d ids behind each", settings.prefillIds(), settings.decodeIds(), settings.rounds(),
                settings.rounds() == 1 ? "round" : "rounds", settings.warmUpSeconds(), settings.threads(),
                settings.parityPrompts().toString().replaceAll("[\\[\\]]", ""), settings.paritySteps()));
        environment.missing().forEach(missing -> fact(html, "Missing", missing));
        fact(html, "JVM flags", environment.flags());
        html.append("</dl>\n");
    }

    private static void fact(StringBuilder html, String name, String value) {
        html.append("<dt>").append(name).append("</dt><dd>").append(Markup.escaped(value)).append("</dd>\n");
    }

    private static String devices(List<Cell> cells) {
        List<CellDevice> devices = cells.stream().flatMap(cell -> cell.devices().stream()).distinct().toList();
        if (devices.isEmpty()) {
            return "";
        }
        PageTable table = new PageTable("devices", "Device", "Kind", "Name", ">Memory", "Driver", "Note");
        devices.forEach(device -> table.row(Markup.escaped(device.id()), Markup.escaped(device.kind()), Markup.escaped(device.name()),
                Markup.bytes(device.memoryBytes()), Markup.escaped(device.driver()), Markup.escaped(device.note())));
        return table.html();
    }

    private static String limits(RunFacts run) {
        if (run.limits().isEmpty()) {
            return "<p>No limits were measured.</p>\n";
        }
        PageTable table = new PageTable("limits", "Limit of", ">Read GB/s", ">GFLOP/s", "Measured with");
        for (DeviceLimits limit : run.limits()) {
            table.row(Markup.escaped(limit.device() + (limit.vectorBits() == 0 ? "" : ", " + limit.vectorBits() + "-bit vectors")),
                    Markup.number(limit.readGigabytesPerSecond()), Markup.number(limit.gigaflopsPerSecond()),
                    Markup.escaped(limit.method()));
        }
        return table.html();
    }
}
