package dev.qyclone.cli;

import dev.qyclone.bench.tokens.Machine;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Asks the system what a bench result must say of it. */
final class BenchMachine {
    private static final String UNKNOWN = "unknown";

    private BenchMachine() {
    }

    static Machine read() {
        return new Machine(
                commit(), cpu(), System.getProperty("java.vm.vendor") + " " + Runtime.version(),
                String.join(" ", ManagementFactory.getRuntimeMXBean().getInputArguments())
                        .replace(System.getProperty("user.home"), "~"),
                System.getProperty("os.name") + " " + System.getProperty("os.version") + " " + System.getProperty("os.arch"),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
    }

    private static String cpu() {
        try (Backend host = new CpuBackend.Provider().create(new BackendOptions(1))) {
            return host.devices().getFirst().name();
        }
    }

    /** Of the checkout that the jar lies in, with {@code -dirty} behind it where files were changed. */
    private static String commit() {
        try {
            Path code = Path.of(BenchMachine.class.getProtectionDomain().getCodeSource().getLocation().toURI());
            Process git = new ProcessBuilder("git", "-C", code.getParent().toString(), "describe", "--always", "--dirty", "--abbrev=9")
                    .redirectError(ProcessBuilder.Redirect.DISCARD).start();
            String answer = new String(git.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
            return git.waitFor(5, TimeUnit.SECONDS) && git.exitValue() == 0 && !answer.isEmpty() ? answer : UNKNOWN;
        } catch (IOException | URISyntaxException e) {
            return UNKNOWN; // no git, or not a checkout
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return UNKNOWN;
        }
    }
}
