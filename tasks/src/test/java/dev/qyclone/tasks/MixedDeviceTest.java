package dev.qyclone.tasks;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.MixedPlacements;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

/** Layers in turn on a device and on the host, a stage for each: the same answers as from the host alone. */
@Tag("device")
class MixedDeviceTest {
    private static final Supplier<Backends> BACKENDS = () -> Backends.discover(new BackendOptions(1));

    @ParameterizedTest
    @FieldSource("dev.qyclone.engine.Golden#MODELS")
    void layersInTurn(String name) throws IOException {
        String device = DeviceUnderTest.require().id();
        Path folder = Golden.folder(name);
        List<MixedPlacements.Answer> expected = MixedPlacements.onOneDevice(folder, BACKENDS, "cpu:scalar");
        MixedPlacements.requireSame(expected, folder, BACKENDS, List.of(device, "cpu"));
        MixedPlacements.requireSame(expected, folder, BACKENDS, List.of("cpu", device, "cpu:scalar"));
    }
}
