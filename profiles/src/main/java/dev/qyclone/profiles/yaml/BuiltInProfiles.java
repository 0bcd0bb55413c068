package dev.qyclone.profiles.yaml;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.profiles.Profile;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The profiles that come with the program; {@link #AUTO} is the one where nobody names one. */
public final class BuiltInProfiles {
    public static final String AUTO = "auto";
    /** Their names. */
    public static final List<String> NAMES = List.of(AUTO, "cpu", "gpu", "split", "fpga", "debug");

    private BuiltInProfiles() {
    }

    /**
     * A profile that is built in, or else one from a file.
     *
     * @throws EngineException FILE_NOT_FOUND with the names of those that are built in; BAD_FILE
     */
    public static Profile named(String nameOrFile) {
        if (NAMES.contains(nameOrFile)) {
            return ProfileReader.parse("the built-in profile " + nameOrFile, yaml(nameOrFile));
        }
        Path path = Path.of(nameOrFile);
        if (Files.isRegularFile(path)) {
            return ProfileReader.read(path);
        }
        EngineException failure = new EngineException(ErrorCode.FILE_NOT_FOUND, "there is no profile " + nameOrFile)
                .expected("a file, or one of " + String.join(", ", NAMES));
        Nearest.to(nameOrFile, NAMES).ifPresent(near -> failure.remedy("did you mean " + near + "?"));
        throw failure;
    }

    /** The text of one that is built in. */
    public static String yaml(String name) {
        try (InputStream stream = BuiltInProfiles.class.getResourceAsStream(name + ".yaml")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // a resource beside this class
        }
    }
}
