package dev.qyclone.engine.stage;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import java.util.List;
import org.junit.jupiter.api.Test;

class BackendsTest {
    private static final Device HOST = device("cpu");
    private static final Device CARD = device("opencl:0:0");

    private static Device device(String id) {
        return new Device(id, DeviceKind.CPU, "", id, 1, DeviceFacts.NONE, "");
    }

    /** A backend that has devices and nothing to run, and counts how often it is asked for them. */
    private static final class Listed implements Backend {
        private final Availability availability;
        private final List<Device> devices;
        private int asked;

        Listed(Availability availability, Device... devices) {
            this.availability = availability;
            this.devices = List.of(devices);
        }

        @Override
        public String name() {
            return "listed";
        }

        @Override
        public Availability availability() {
            return availability;
        }

        @Override
        public List<Device> devices() {
            asked++;
            return devices;
        }

        @Override
        public EmbeddingStage openEmbedding(Model model, Device device) {
            throw new UnsupportedOperationException();
        }

        @Override
        public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public OutputStage openOutput(Model model, Device device, StageOptions options) {
            throw new UnsupportedOperationException();
        }

        @Override
        public CheckReport check(Device device, CheckRequest request) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
        }
    }

    @Test
    void asksNoBackendBehindTheOneThatHasTheDevice() {
        Listed first = new Listed(new Availability.Ready(), HOST);
        Listed second = new Listed(new Availability.Ready(), CARD);
        Backends backends = new Backends(List.of(first, second));
        assertSame(HOST, backends.device("cpu"));
        assertSame(first, backends.of(HOST));
        assertEquals(0, second.asked);
        assertSame(CARD, backends.device("opencl:0:0"));
        assertSame(second, backends.of(CARD));
    }

    @Test
    void anUnknownDeviceIsOneLineWithWhatIsThereAndWhatIsMissing() {
        Listed missing = new Listed(new Availability.Missing("no SDK", "install one"));
        Backends backends = new Backends(List.of(new Listed(new Availability.Ready(), HOST, device("cpu:scalar")), missing));
        EngineException failure = assertThrows(EngineException.class, () -> backends.device("opencl:0:0"));
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, failure.code());
        assertEquals("device opencl:0:0 is not there: expected one of cpu, cpu:scalar, got opencl:0:0; those of listed are missing: "
                + "no SDK; install one", failure.getMessage());
    }
}
