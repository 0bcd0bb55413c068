package dev.qyclone.tasks;

import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.BackendProvider;

/** How {@link java.util.ServiceLoader} finds this backend. Names no class of TornadoVM, so that it loads where there is none. */
public final class TornadoProvider implements BackendProvider {
    @Override
    public Backend create(BackendOptions options) {
        Availability availability = TornadoRuntimeCheck.availability();
        return switch (availability) {
            case Availability.Ready ready -> new TornadoBackend(options);
            case Availability.Missing missing -> new MissingTornado(missing);
        };
    }
}
