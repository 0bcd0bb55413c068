package dev.qyclone.tasks;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** TornadoVM's devices, of all its backends. */
final class TornadoBackend implements Backend {
    private Map<Device, TornadoDevice> devices;

    TornadoBackend(BackendOptions options) {
    }

    @Override
    public String name() {
        return "tornado";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return new ArrayList<>(found().keySet());
    }

    private synchronized Map<Device, TornadoDevice> found() {
        if (devices == null) {
            Map<Device, TornadoDevice> all = new LinkedHashMap<>();
            var runtime = TornadoRuntimeProvider.getTornadoRuntime();
            for (int b = 0; b < runtime.getNumBackends(); b++) {
                var backend = runtime.getBackend(b);
                String prefix = runtime.getBackendType(b).name().toLowerCase(Locale.ROOT);
                for (int d = 0; d < backend.getNumDevices(); d++) {
                    TornadoDevice device = backend.getDevice(d);
                    all.put(new Device(prefix + ":" + b + ":" + d, DeviceKind.OTHER, device.getPlatformName(), device.getDeviceName(),
                            device.getMaxGlobalMemory(), "TornadoVM"), device);
                }
            }
            devices = all;
        }
        return devices;
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        return new HostEmbeddingStage(device, model.tokenEmbedding());
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count) {
        return new TornadoLayerStage(device, found().get(device), model, firstLayer, count, Math.min(512, model.config().context()));
    }

    @Override
    public OutputStage openOutput(Model model, Device device) {
        return new TornadoOutputStage(device, found().get(device), model);
    }

    @Override
    public void close() {
    }
}
