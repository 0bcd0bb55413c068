package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Collectors;

/** The backends of this run, found on the class path; owns them. */
public final class Backends implements AutoCloseable {
    private final List<Backend> backends;

    public Backends(List<Backend> backends) {
        this.backends = List.copyOf(backends);
    }

    /** Everything that {@link ServiceLoader} finds, made with these options. */
    public static Backends discover(BackendOptions options) {
        List<Backend> found = new ArrayList<>();
        for (BackendProvider provider : ServiceLoader.load(BackendProvider.class, Backends.class.getClassLoader())) {
            found.add(provider.create(options));
        }
        return new Backends(found);
    }

    public List<Backend> all() {
        return backends;
    }

    /** Devices of every backend that is ready. */
    public List<Device> devices() {
        return backends.stream().flatMap(backend -> backend.devices().stream()).toList();
    }

    /**
     * The device with this id. Backends behind the one that has it are not asked: to list its devices may cost a backend seconds.
     *
     * @throws EngineException DEVICE_UNAVAILABLE with the list of those that are there, and why backends are missing
     */
    public Device device(String id) {
        return backends.stream().flatMap(backend -> backend.devices().stream()).filter(device -> device.id().equals(id)).findFirst()
                .orElseThrow(() -> notThere(id));
    }

    private EngineException notThere(String id) {
        EngineException failure = new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "device " + id + " is not there")
                .expected("one of " + devices().stream().map(Device::id).collect(Collectors.joining(", "))).got(id);
        List<String> missing = new ArrayList<>();
        for (Backend backend : backends) {
            switch (backend.availability()) {
                case Availability.Ready ready -> { }
                case Availability.Missing why -> missing.add(
                        "those of " + backend.name() + " are missing: " + why.reason() + "; " + why.remedy());
            }
        }
        return missing.isEmpty() ? failure : failure.remedy(String.join("; ", missing));
    }

    /** The backend that a device belongs to. */
    public Backend of(Device device) {
        return backends.stream().filter(backend -> backend.devices().contains(device)).findFirst().orElseThrow(() ->
                new IllegalArgumentException("device " + device.id() + " belongs to none of these backends"));
    }

    @Override
    public void close() {
        CloseAll.of(backends);
    }
}
