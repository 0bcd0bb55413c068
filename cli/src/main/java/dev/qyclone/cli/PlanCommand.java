package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.profiles.DeviceTotal;
import dev.qyclone.profiles.MemorySize;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRow;
import dev.qyclone.profiles.Profile;
import java.io.IOException;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows which device would run which layer, and why, and loads nothing. */
@Command(
        name = "plan",
        header = "Show which device runs which layer, what it takes there, and why; loads no weights.",
        footer = {
            "",
            "Examples:",
            "  qyclone plan -m model.gguf",
            "  qyclone plan -m model.gguf -p half.yaml --layers 0-3=cpu --strict"})
final class PlanCommand implements Runnable {
    private final Streams streams;
    private final BackendSource source;

    @Mixin
    private ModelOption model;

    @ArgGroup(validate = false, heading = EngineOptions.HEADING, order = 30)
    private EngineOptions options = new EngineOptions();

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Option(names = "--json", description = "Print one JSON object.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    PlanCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        Profile profile = options.wished(spec);
        try (Backends backends = options.backends(source)) {
            Model opened = EngineOptions.load(model.path, profile, attention, spec);
            Plan plan = options.plan(opened, profile, backends, streams).plan();
            try (opened) {
                if (json) {
                    streams.println(asJson(profile, plan, opened));
                } else {
                    streams.print(asText(profile, plan, opened));
                }
            }
        }
    }

    private static String asText(Profile profile, Plan plan, Model model) {
        StringBuilder text = new StringBuilder();
        text.append("profile ").append(profile.name()).append(", a context of ").append(plan.context()).append(" positions\n\n");
        TextTable parts = new TextTable("layers", "device", ">weights", ">kv", ">scratch", "reason");
        for (PlanRow row : plan.rows()) {
            parts.row(row.part(), row.device().id(), MemorySize.rounded(row.weights()), MemorySize.rounded(row.kv()),
                    MemorySize.rounded(row.scratch()), row.reason());
        }
        text.append(parts).append('\n');
        AttentionWords.of(model.config()).lines().forEach(line -> text.append(line).append('\n'));
        TextTable totals = new TextTable("device", ">memory", ">mapped", ">copied", ">kv", ">scratch", ">reserve", ">free");
        for (DeviceTotal total : plan.totals()) {
            totals.row(total.device().id() + (isShared(total, plan) ? " *" : ""), MemorySize.rounded(total.device().memoryBytes()),
                    MemorySize.rounded(total.mapped()), MemorySize.rounded(total.copied()), MemorySize.rounded(total.kv()),
                    MemorySize.rounded(total.scratch()),
                    MemorySize.rounded(total.reserve()), MemorySize.rounded(Math.max(0, total.free() - total.reserve())));
        }
        text.append('\n').append(totals);
        if (plan.totals().stream().anyMatch(total -> isShared(total, plan))) {
            text.append("* one memory: what one of these devices takes the others have not\n");
        }
        plan.warnings().forEach(warning -> text.append("\nwarning: ").append(warning).append('\n'));
        return text.toString();
    }

    private static boolean isShared(DeviceTotal total, Plan plan) {
        return plan.totals().stream().anyMatch(other -> !other.device().equals(total.device()) && other.memory().equals(total.memory()));
    }

    private static String asJson(Profile profile, Plan plan, Model model) {
        return Json.object(fields -> {
            fields.writeStringField("profile", profile.name());
            fields.writeNumberField("context", plan.context());
            fields.writeArrayFieldStart("parts");
            for (PlanRow row : plan.rows()) {
                write(fields, row);
            }
            fields.writeEndArray();
            AttentionWords.of(model.config()).write(fields);
            fields.writeArrayFieldStart("devices");
            for (DeviceTotal total : plan.totals()) {
                write(fields, total);
            }
            fields.writeEndArray();
            fields.writeArrayFieldStart("warnings");
            for (String warning : plan.warnings()) {
                fields.writeString(warning);
            }
            fields.writeEndArray();
        });
    }

    private static void write(JsonGenerator fields, PlanRow row) throws IOException {
        fields.writeStartObject();
        fields.writeStringField("part", row.part());
        fields.writeStringField("device", row.device().id());
        fields.writeNumberField("weightBytes", row.weights());
        fields.writeBooleanField("mapped", row.mapped());
        fields.writeNumberField("repackedBytes", row.repacked());
        fields.writeNumberField("kvBytes", row.kv());
        fields.writeNumberField("scratchBytes", row.scratch());
        fields.writeStringField("reason", row.reason());
        fields.writeEndObject();
    }

    private static void write(JsonGenerator fields, DeviceTotal total) throws IOException {
        Device device = total.device();
        fields.writeStartObject();
        fields.writeStringField("device", device.id());
        fields.writeNumberField("memoryBytes", device.memoryBytes());
        fields.writeNumberField("mappedBytes", total.mapped());
        fields.writeNumberField("copiedBytes", total.copied());
        fields.writeNumberField("kvBytes", total.kv());
        fields.writeNumberField("scratchBytes", total.scratch());
        fields.writeNumberField("reserveBytes", total.reserve());
        fields.writeStringField("memory", total.memory());
        fields.writeNumberField("othersBytes", total.others());
        fields.writeEndObject();
    }
}
