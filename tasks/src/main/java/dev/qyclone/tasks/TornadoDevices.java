package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.tasks.kernels.GroupAttention;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.TornadoBackend;
import uk.ac.manchester.tornado.api.TornadoRuntime;
import uk.ac.manchester.tornado.api.TornadoTargetDevice;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.enums.TornadoDeviceType;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** The devices of all of TornadoVM's backends. Asking for them starts its runtime, which takes about a second. */
final class TornadoDevices {
    private static final String HALVES = "halves";

    /** By id: what is found out about a device later makes it another record. */
    private final Map<String, Found> devices = new LinkedHashMap<>();

    /** @param through the runtime that it is reached through, in words */
    private record Found(Device device, TornadoDevice tornado, String through, DeviceMemory memory) {
    }

    /** @param runtimeName TornadoVM and its version, for the notes */
    TornadoDevices(String runtimeName, PassedChecks known) {
        KindOrder.fix();
        TornadoRuntime runtime = TornadoRuntimeProvider.getTornadoRuntime();
        for (int b = 0; b < runtime.getNumBackends(); b++) {
            TornadoBackend backend = runtime.getBackend(b);
            String prefix = runtime.getBackendType(b).name().toLowerCase(Locale.ROOT);
            for (int d = 0; d < backend.getNumDevices(); d++) {
                TornadoDevice device = backend.getDevice(d);
                String through = prefix + " through " + runtimeName;
                Device described = describe(prefix + ":" + b + ":" + d, device, through, known);
                devices.put(described.id(), new Found(described, device, through, new DeviceMemory(described)));
            }
        }
    }

    List<Device> all() {
        return devices.values().stream().map(Found::device).toList();
    }

    TornadoDevice of(Device device) {
        return found(device).tornado();
    }

    private Found found(Device device) {
        Found found = devices.get(device.id());
        if (found == null) {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "there is no device " + device.id()).expected(devices.keySet());
        }
        return found;
    }

    /** The runtime that a device is reached through, and the forms in which these kernels run there. */
    String note(Device device, KernelChoice kernels) {
        return note(found(device).through(), device, kernels);
    }

    private static String note(String through, Device device, KernelChoice kernels) {
        return through + "; " + KernelForms.of(kernels, device, GroupAttention.MAX_HEAD_DIM).words();
    }

    /** What is taken of a device's memory. */
    DeviceMemory memory(Device device) {
        return found(device).memory();
    }

    private static Device describe(String id, TornadoDevice device, String through, PassedChecks known) {
        TornadoTargetDevice physical = device.getPhysicalDevice();
        long groupLimit = physical.getDeviceMaxWorkGroupSize()[0];
        DeviceFacts facts = new DeviceFacts(Math.toIntExact(groupLimit), physical.getDeviceLocalMemorySize(),
                physical.getDeviceMaxAllocationSize(), physical.getDeviceMaxComputeUnits(), halves(known, facts(device)), driver(device),
                TornadoLayerStage.BATCH);
        Device described = new Device(id, kind(device), device.getPlatformName().strip(), physical.getDeviceName().strip(),
                physical.getDeviceGlobalMemorySize(), facts, through);
        return new Device(id, described.kind(), described.vendor(), described.name(), described.memoryBytes(),
                facts.withPackedPrompts(KernelForms.packedPrompts(described)), note(through, described, KernelChoice.AUTO));
    }

    /** Its name and version: another one may compile kernels otherwise, so that what was found with this one holds no longer. */
    private static String driver(TornadoDevice device) {
        String language = device.getPlatformName().strip() + ", " + device.getDeviceOpenCLCVersion().strip();
        return Stream.concat(Stream.of(language), DriverVersion.of(device.getPhysicalDevice().getDeviceInfo()).stream())
                .collect(Collectors.joining(", driver "));
    }

    /** What a finding about a device holds for: it and its driver. */
    private static List<String> facts(TornadoDevice device) {
        return List.of(device.getPhysicalDevice().getDeviceName().strip(), driver(device));
    }

    private static HalfFloats halves(PassedChecks known, List<String> facts) {
        return known.found(HALVES, facts).filter(HalfFloats.YES.name()::equals).isPresent() ? HalfFloats.YES
                : known.found(HALVES, facts).filter(HalfFloats.NO.name()::equals).isPresent() ? HalfFloats.NO : HalfFloats.UNKNOWN;
    }

    /** Finds out whether a device computes with 16-bit floats, if that is not known, and keeps it. */
    static HalfFloats probeHalves(TornadoDevice device, PassedChecks known) {
        List<String> facts = facts(device);
        HalfFloats halves = halves(known, facts);
        if (halves == HalfFloats.UNKNOWN) {
            halves = HalfProbe.run(device);
            known.keep(HALVES, facts, halves.name());
        }
        return halves;
    }

    private static DeviceKind kind(TornadoDevice device) {
        if (device.getPhysicalDevice().getDeviceName().toLowerCase(Locale.ROOT).contains("oclgrind")) {
            return DeviceKind.SIMULATOR;
        }
        TornadoDeviceType type = device.getDeviceType();
        return switch (type) {
            case CPU -> DeviceKind.CPU;
            case GPU -> DeviceKind.GPU;
            case ACCELERATOR, FPGA -> DeviceKind.FPGA;
            case DEFAULT, ALL, CUSTOM, UNKNOWN -> DeviceKind.OTHER;
        };
    }
}
