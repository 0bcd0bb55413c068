package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.DeviceRates;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.RateKernels;
import java.util.Optional;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

class RateProbeTest {
    private static final int ITEMS = 5;
    private static final int EACH = 8;

    @Test
    void theKernelsComputeWhatTheProbeExpects() {
        FloatArray data = new FloatArray(ITEMS * EACH);
        data.init(1f);
        FloatArray results = new FloatArray(ITEMS);
        RateKernels.sumAcross(data, results, ITEMS, EACH);
        requireAll(EACH, results);
        results.init(0f);
        RateKernels.sumAlong(data, results, ITEMS, EACH);
        requireAll(EACH, results);
        RateKernels.multiplyAdd(results, ITEMS, 64);
        requireAll(8 * 0.5f, results);
        FloatArray lanes = new FloatArray(ITEMS * PanelProducts.LANES);
        RateKernels.multiplyAddLanes(lanes, ITEMS, 64);
        requireAll(8 * 0.5f, lanes);
    }

    private static void requireAll(float expected, FloatArray results) {
        for (int i = 0; i < results.getSize(); i++) {
            assertEquals(expected, results.get(i));
        }
    }

    /** The probe itself compares what the device computes; how fast it is, is asserted nowhere. */
    @Test
    @Tag("device")
    void aDeviceHasRates() {
        DeviceUnderTest.require();
        TornadoBackend backend = new TornadoBackend(BackendOptions.defaults());
        Device device = backend.devices().getFirst();
        Optional<DeviceRates> rates = backend.rates(device);
        assertEquals(device.kind() != DeviceKind.SIMULATOR, rates.isPresent());
        rates.ifPresent(found -> assertTrue(found.readBytesPerSecond() > 0 && found.flops() > 0 && !found.method().isBlank()));
    }
}
