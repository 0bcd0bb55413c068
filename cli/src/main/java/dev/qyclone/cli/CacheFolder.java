package dev.qyclone.cli;

import java.nio.file.Path;
import java.util.Map;

/** Where files may be kept that every run could make anew. */
final class CacheFolder {
    private CacheFolder() {
    }

    /** This user's; it need not be there. */
    static Path ofUser() {
        return of(System.getenv(), System.getProperty("user.home"));
    }

    static Path of(Map<String, String> environment, String home) {
        String xdg = environment.get("XDG_CACHE_HOME");
        if (xdg != null && Path.of(xdg).isAbsolute()) {
            return Path.of(xdg, "qyclone");
        }
        String windows = environment.get("LOCALAPPDATA");
        return windows != null && !windows.isBlank() ? Path.of(windows, "qyclone") : Path.of(home, ".cache", "qyclone");
    }
}
