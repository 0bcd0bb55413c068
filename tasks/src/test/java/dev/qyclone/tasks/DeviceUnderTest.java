package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Device;
import java.util.List;
import org.junit.jupiter.api.Assumptions;
import uk.ac.manchester.tornado.api.common.TornadoDevice;

/** The TornadoVM device that tests run on: the first that is there. A test that needs one is tagged {@code device}. */
final class DeviceUnderTest {
    private DeviceUnderTest() {
    }

    /** Skips the test, with the reason, where TornadoVM or a device is missing. */
    static Device require() {
        Backend backend = new TornadoProvider().create(BackendOptions.defaults());
        if (backend.availability() instanceof Availability.Missing missing) {
            Assumptions.abort("no TornadoVM: " + missing.reason() + "; " + missing.remedy());
        }
        List<Device> devices = backend.devices();
        Assumptions.assumeFalse(devices.isEmpty(), "TornadoVM shows no device; for OpenCL on the CPU install pocl-opencl-icd");
        return devices.getFirst();
    }

    /** The same as TornadoVM knows it. */
    static TornadoDevice tornado() {
        String id = require().id();
        TornadoDevices devices = new TornadoDevices("TornadoVM", new PassedChecks(null, false));
        return devices.of(devices.all().stream().filter(device -> device.id().equals(id)).findFirst().orElseThrow());
    }
}
