package dev.qyclone.cli;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** How a JVM is started that measures one cell: as this one was, with some flags more. */
final class StudyJvm {
    private StudyJvm() {
    }

    static List<String> command(List<String> flags) {
        List<String> command = new ArrayList<>();
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        // Agents belong to this JVM: a debugger's port is taken.
        ManagementFactory.getRuntimeMXBean().getInputArguments().stream().filter(flag -> !flag.startsWith("-agentlib")
                && !flag.startsWith("-javaagent")).forEach(command::add);
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), StudyCellMain.class.getName()));
        return command;
    }
}
