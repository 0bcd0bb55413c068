package dev.qyclone.engine;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Assumptions;

/** Finds the oracles in the folder {@code shared} beside the checkout; tests that need them skip where it is absent. */
public final class SharedData {
    private SharedData() {
    }

    /** The file or folder {@code shared/<path>}; the calling test is skipped, with the reason, where it is not there. */
    public static Path require(String path) {
        for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
            Path candidate = folder.resolve("shared").resolve(path);
            if (Files.exists(candidate)) {
                return candidate;
            }
        }
        Assumptions.abort("shared/" + path + " is not beside this checkout");
        throw new AssertionError("unreachable");
    }
}
