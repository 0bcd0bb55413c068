package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.profiles.MemorySize;
import java.io.IOException;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which devices there are. */
@Command(
        name = "devices",
        header = "List the devices that layers can run on, and why some are missing.",
        footer = {
            "",
            "GROUP is the largest work-group, LOCAL the memory that one shares, HALF whether 16-bit floats work, as found by a kernel;",
            "a dash where that does not apply or is not known.",
            "",
            "Example:",
            "  qyclone devices --json"})
final class DevicesCommand implements Runnable {
    private static final String NONE = "-";

    private final Streams streams;
    private final BackendSource source;

    @Option(names = "--json", description = "Print {\"devices\":[...],\"missing\":[...]}.")
    private boolean json;

    DevicesCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        try (Backends backends = source.open(BackendOptions.defaults().withCacheFolder(CacheFolder.ofUser()))) {
            DeviceList list = DeviceList.of(backends).probed(backends);
            streams.print(json ? asJson(list) + "\n" : asText(list));
        }
    }

    private static String asText(DeviceList list) {
        TextTable table = new TextTable("ID", "KIND", ">MEMORY", ">GROUP", ">LOCAL", "HALF", "NAME");
        for (Device device : list.devices()) {
            DeviceFacts facts = device.facts();
            table.row(device.id(), kind(device), MemorySize.rounded(device.memoryBytes()),
                    facts.workGroupLimit() == 0 ? NONE : Integer.toString(facts.workGroupLimit()),
                    facts.localMemoryBytes() == 0 ? NONE : MemorySize.rounded(facts.localMemoryBytes()), half(facts), device.name());
            String maker = device.vendor().isBlank() ? "" : "by " + device.vendor() + "; ";
            String driver = facts.driver().isBlank() ? "" : facts.driver() + "; ";
            table.note(maker + driver + device.note());
        }
        String missing = list.missingText();
        return table + (missing.isEmpty() ? "" : "\n" + missing);
    }

    private static String kind(Device device) {
        return switch (device.kind()) {
            case CPU -> "CPU";
            case GPU -> "GPU";
            case FPGA -> "FPGA";
            case SIMULATOR -> "simulator";
            case OTHER -> "other";
        };
    }

    private static String half(DeviceFacts facts) {
        return facts.halfFloats() == HalfFloats.UNKNOWN ? NONE : facts.halfFloats().name().toLowerCase(Locale.ROOT);
    }

    private static String asJson(DeviceList list) {
        return Json.object(fields -> {
            fields.writeArrayFieldStart("devices");
            for (Device device : list.devices()) {
                fields.writeStartObject();
                write(device, fields);
                fields.writeEndObject();
            }
            fields.writeEndArray();
            list.writeMissing(fields);
        });
    }

    private static void write(Device device, JsonGenerator fields) throws IOException {
        DeviceFacts facts = device.facts();
        fields.writeStringField("id", device.id());
        fields.writeStringField("kind", kind(device));
        fields.writeStringField("vendor", device.vendor());
        fields.writeStringField("name", device.name());
        fields.writeNumberField("memoryBytes", device.memoryBytes());
        fields.writeNumberField("workGroupLimit", facts.workGroupLimit());
        fields.writeNumberField("localMemoryBytes", facts.localMemoryBytes());
        fields.writeNumberField("largestBufferBytes", facts.largestBufferBytes());
        fields.writeNumberField("computeUnits", facts.computeUnits());
        fields.writeStringField("halfFloats", facts.halfFloats().name().toLowerCase(Locale.ROOT));
        fields.writeStringField("driver", facts.driver());
        fields.writeStringField("note", device.note());
    }
}
