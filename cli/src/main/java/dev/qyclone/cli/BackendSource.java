package dev.qyclone.cli;

import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;

/** Where the backends of a run come from: those that are installed, or what a test invents. */
@FunctionalInterface
interface BackendSource {
    Backends open(BackendOptions options);
}
