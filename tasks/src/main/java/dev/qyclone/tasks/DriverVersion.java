package dev.qyclone.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The version of a device's driver. For OpenCL, TornadoVM tells it in its text about the device. For NVIDIA's CUDA that text has the
 * version of the programming interface, and for PTX none; there the kernel module tells.
 */
final class DriverVersion {
    private static final Pattern OF_DEVICE = Pattern.compile("(?m)^Driver version\\s*:\\s*(\\S.*?)\\s*$");
    private static final Pattern OF_MODULE = Pattern.compile("Kernel Module\\b.*?\\s(\\d+(?:\\.\\d+)+)\\s");
    private static final Path MODULE = Path.of("/proc/driver/nvidia/version");

    private DriverVersion() {
    }

    /** @param info what TornadoVM says about a device */
    static Optional<String> of(String info) {
        return of(info, module());
    }

    /** @param module what NVIDIA's kernel module says about itself; empty where there is none */
    static Optional<String> of(String info, String module) {
        Optional<String> said = first(OF_DEVICE, info);
        if (said.isPresent() && !info.contains("NVIDIA")) {
            return said;
        }
        String both = Stream.concat(said.stream(), first(OF_MODULE, module).stream()).distinct().collect(Collectors.joining(", "));
        return Optional.of(both).filter(text -> !text.isEmpty());
    }

    private static String module() {
        try {
            return Files.readString(MODULE);
        } catch (IOException e) {
            return ""; // another system, or another maker's devices
        }
    }

    private static Optional<String> first(Pattern pattern, String text) {
        Matcher matcher = pattern.matcher(text);
        return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
    }
}
