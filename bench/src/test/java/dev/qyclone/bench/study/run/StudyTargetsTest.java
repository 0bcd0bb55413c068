package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.KernelFamily;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A table of machines. */
class StudyTargetsTest {
    private static final List<String> STORED = List.of("stored");

    private static Device device(String id) {
        return new Device(id, DeviceKind.OTHER, "", id, 1, DeviceFacts.NONE, "");
    }

    private static List<KernelFamily> families(Device device) {
        return device.id().startsWith("cpu") ? List.of(KernelFamily.AUTO) : List.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT);
    }

    private static List<String> places(List<String> types, String... ids) {
        List<Device> devices = List.of(ids).stream().map(StudyTargetsTest::device).toList();
        return StudyTargets.all(types, devices, StudyTargetsTest::families).stream().map(CellTarget::place).toList();
    }

    @Test
    void aMachineWithoutDevicesHasTheHostInAllWidths() {
        assertEquals(List.of("cpu:scalar", "cpu, 128-bit vectors", "cpu, 256-bit vectors", "cpu, 512-bit vectors", "cpu + cpu:scalar"),
                places(STORED, "cpu", "cpu:scalar"));
    }

    @Test
    void devicesComeInEachFamilyAndSplitsInPairs() {
        assertEquals(List.of("cpu:scalar", "cpu, 128-bit vectors", "cpu, 256-bit vectors", "cpu, 512-bit vectors",
                        "opencl:0:0, parallel kernels", "opencl:0:0, context kernels", "ptx:1:0, parallel kernels",
                                "ptx:1:0, context kernels",
                        "cpu + opencl:0:0", "cpu + ptx:1:0", "opencl:0:0 + ptx:1:0"),
                places(STORED, "cpu", "cpu:scalar", "opencl:0:0", "ptx:1:0"));
    }

    @Test
    void everyTypeHasAllOfIt() {
        List<String> places = places(List.of("stored", "q4_0"), "cpu", "cpu:scalar");
        assertEquals(10, places.size());
        assertEquals(places.subList(0, 5), places.subList(5, 10));
    }

    @Test
    void whatWasAskedForIsAllThereIs() {
        List<CellTarget> targets = StudyTargets.of(STORED,
                List.of(List.of(device("cpu:scalar")), List.of(device("cpu"), device("opencl:0:0"))), StudyTargetsTest::families);
        assertEquals(List.of("cpu:scalar", "cpu + opencl:0:0"), targets.stream().map(CellTarget::place).toList());
    }
}
