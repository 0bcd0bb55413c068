package dev.qyclone.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.IVersionProvider;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command above all commands. */
@Command(
        name = "qyclone",
        versionProvider = QycloneCommand.Version.class,
        synopsisSubcommandLabel = "COMMAND",
        header = "Runs Qwen language models on this machine.",
        commandListHeading = "%nCommands:%n",
        footer = {
            "",
            "Examples:",
            "  qyclone run \"Once upon a time\"            the demo model tells a tale",
            "  qyclone run -m qwen2.gguf -n 64 \"The sea\"",
            "  qyclone chat -m Qwen2.5-0.5B-Instruct/    a file or a folder",
            "  qyclone COMMAND --help                    all options of a command",
            "",
            "Exit codes: 0 success, 1 the run failed, 2 wrong use, 3 bench: slower than before."
        })
final class QycloneCommand implements Runnable {
    @Option(names = {"-h", "--help"}, usageHelp = true, scope = ScopeType.INHERIT, order = 90, description = "Show this help.")
    private boolean help;

    @Option(names = {"-V", "--version"}, versionHelp = true, order = 91, description = "Show the version.")
    private boolean version;

    @Option(names = "--verbose", order = 92, scope = ScopeType.INHERIT, description = "After an error, show where it came from.")
    boolean verbose;

    /** The launcher looks for it: by the time this runs, the JVM has its flags or not. */
    @Option(names = "--no-tornado", order = 93, scope = ScopeType.INHERIT,
            description = "Start without TornadoVM, so without its devices, as if no SDK were installed.")
    private boolean noTornado;

    @Spec
    private CommandSpec spec;

    @Override
    public void run() {
        throw new ParameterException(spec.commandLine(), "name a command: " + String.join(", ", spec.subcommands().keySet()));
    }

    /** From the jar's manifest. */
    static final class Version implements IVersionProvider {
        @Override
        public String[] getVersion() {
            String version = QycloneCommand.class.getPackage().getImplementationVersion();
            return new String[] {"qyclone " + (version == null ? "(not from a jar)" : version) + ", Java " + Runtime.version().feature()};
        }
    }
}
