package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelChoice;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

@Tag("device")
class TornadoDevicesTest {
    private TornadoDevices devices;
    private Device device;

    @BeforeEach
    void require() {
        String id = DeviceUnderTest.require().id();
        devices = new TornadoDevices("TornadoVM", new PassedChecks(null, false));
        device = devices.all().stream().filter(one -> one.id().equals(id)).findFirst().orElseThrow();
    }

    /** Whether it computes with 16-bit floats is found out later: it is the same device with or without. */
    @Test
    void aDeviceOfWhichMoreIsKnownIsTheSame() {
        for (HalfFloats halves : HalfFloats.values()) {
            Device more = named(device.id(), halves);
            assertSame(devices.of(device), devices.of(more));
            assertSame(devices.memory(device), devices.memory(more));
            assertEquals(devices.note(device, KernelChoice.AUTO), devices.note(more, KernelChoice.AUTO));
        }
        assertNotEquals(named(device.id(), HalfFloats.YES), named(device.id(), HalfFloats.NO));
    }

    @Test
    void aDeviceThatIsNotThereIsRefusedWithThoseThatAre() {
        Device other = named("opencl:7:7", HalfFloats.UNKNOWN);
        EngineException e = assertThrows(EngineException.class, () -> devices.of(other));
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
        assertTrue(e.getMessage().contains("opencl:7:7") && e.getMessage().contains(device.id()), e.getMessage());
    }

    private Device named(String id, HalfFloats halves) {
        return new Device(id, device.kind(), device.vendor(), device.name(), device.memoryBytes(), device.facts().withHalfFloats(halves),
                device.note());
    }
}
