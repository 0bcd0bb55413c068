package dev.qyclone.engine.stage;

/** Found through {@link java.util.ServiceLoader}; makes a backend with the options of this run. */
public interface BackendProvider {
    Backend create(BackendOptions options);
}
