package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * The devices that are there, and for each backend that has none why that is.
 *
 * @param missing in the order of the backends
 */
record DeviceList(List<Device> devices, List<Missing> missing) {
    private static final String TORNADO = "tornado";

    /** A backend without devices, the reason, and what would help. */
    record Missing(String backend, String reason, String remedy) {
    }

    static DeviceList of(Backends backends) {
        List<Device> devices = new ArrayList<>();
        List<Missing> missing = new ArrayList<>();
        for (Backend backend : backends.all()) {
            switch (backend.availability()) {
                case Availability.Ready ready -> list(backend, devices, missing);
                case Availability.Missing why -> missing.add(new Missing(backend.name(), why.reason(), why.remedy()));
            }
        }
        if (backends.all().stream().noneMatch(backend -> backend.name().equals(TORNADO))) {
            missing.add(new Missing(TORNADO, "this build has no module tasks, because no TornadoVM SDK was there",
                    "install one with \"sdk install tornadovm\" or set TORNADOVM_HOME to one, and start ./qyclone: it builds again"));
        }
        return new DeviceList(devices, missing);
    }

    /** With what kernels that run on the devices tell about them. A device that runs none is listed as it was; the self-check says why. */
    DeviceList probed(Backends backends) {
        return new DeviceList(devices.stream().map(device -> probed(backends, device)).toList(), missing);
    }

    private static Device probed(Backends backends, Device device) {
        try {
            return backends.of(device).probed(device);
        } catch (RuntimeException | LinkageError e) {
            return device;
        }
    }

    /** A driver may fail in ways of its own: the other backends' devices are listed all the same. */
    private static void list(Backend backend, List<Device> devices, List<Missing> missing) {
        try {
            List<Device> found = backend.devices();
            devices.addAll(found);
            if (found.isEmpty()) {
                missing.add(new Missing(backend.name(), "it is ready and finds no device", "install a driver, such as pocl-opencl-icd"));
            }
        } catch (RuntimeException | LinkageError e) {
            missing.add(new Missing(backend.name(), "it failed when asked for its devices: " + e, "run the command with --verbose"));
        }
    }

    /** One line or two for each missing backend, for people. */
    String missingText() {
        StringBuilder text = new StringBuilder();
        for (Missing why : missing) {
            text.append(TextTable.wrapped(why.backend + " is missing: " + why.reason + ".", ""));
            text.append(TextTable.wrapped("To get it: " + why.remedy, "    "));
        }
        return text.toString();
    }

    void writeMissing(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("missing");
        for (Missing why : missing) {
            json.writeStartObject();
            json.writeStringField("backend", why.backend);
            json.writeStringField("reason", why.reason);
            json.writeStringField("remedy", why.remedy);
            json.writeEndObject();
        }
        json.writeEndArray();
    }
}
