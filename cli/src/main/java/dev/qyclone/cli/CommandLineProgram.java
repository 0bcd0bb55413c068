package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Backends;
import java.io.OutputStream;
import java.io.PrintStream;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import picocli.CommandLine;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Puts the commands together, runs one, and turns what it throws into one line and an exit code. */
public final class CommandLineProgram {
    private final Streams streams;
    private final BackendSource source;
    private final QycloneCommand root = new QycloneCommand();

    CommandLineProgram(Streams streams) {
        this(streams, Backends::discover);
    }

    /** With backends other than the installed ones. */
    CommandLineProgram(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    public static void main(String[] args) {
        Streams streams = Streams.ofProcess();
        // Our own streams are elsewhere: what a library says to stdout (TornadoVM does) must not end up in a result.
        System.setOut(new PrintStream(OutputStream.nullOutputStream()));
        int code = new CommandLineProgram(streams).run(args);
        if (code == ExitCode.SUCCESS) {
            ClassArchive.keep(System.getenv(ClassArchive.WANTED));
        }
        System.exit(code);
    }

    int run(String... args) {
        try {
            int code = commandLine(args).execute(args);
            streams.out().flush();
            streams.err().flush();
            return code;
        } catch (OutputClosed e) {
            return ExitCode.SUCCESS;
        } catch (OutOfMemoryError e) {
            return failed(outOfMemory(String.valueOf(e.getMessage())), e);
        } catch (StackOverflowError | LinkageError | AssertionError e) {
            return failed(internal(e), e);
        }
    }

    /** All commands, in the order of the help, by the names that their classes give them. */
    Map<String, Supplier<Object>> commands() {
        Map<String, Supplier<Object>> commands = new LinkedHashMap<>();
        commands.put("run", () -> new RunCommand(streams, source));
        commands.put("chat", () -> new ChatCommand(streams, source));
        commands.put("inspect", () -> new InspectCommand(streams));
        commands.put("tokenize", () -> new TokenizeCommand(streams));
        commands.put("logits", () -> new LogitsCommand(streams, source));
        commands.put("generate-ids", () -> new GenerateIdsCommand(streams, source));
        commands.put("devices", () -> new DevicesCommand(streams, source));
        commands.put("doctor", () -> new DoctorCommand(streams, source));
        commands.put("plan", () -> new PlanCommand(streams, source));
        commands.put("bench", () -> new BenchCommand(streams));
        commands.put("study", () -> new StudyCommand(streams, source));
        commands.put("tune", () -> new TuneCommand(streams, source));
        commands.put("synth", () -> new SynthCommand(streams));
        commands.put(CompletionCommand.NAME, () -> new CompletionCommand(streams));
        return commands;
    }

    /** With the command that is asked for alone, since picocli takes long to look at all of them; with all where it is none. */
    private CommandLine commandLine(String[] args) {
        Map<String, Supplier<Object>> commands = commands();
        boolean one = args.length > 0 && commands.containsKey(args[0]) && !args[0].equals(CompletionCommand.NAME);
        return one ? commandLine(List.of(commands.get(args[0]))) : commandLine(commands.values());
    }

    CommandLine commandLine() {
        return commandLine(commands().values());
    }

    private CommandLine commandLine(Collection<Supplier<Object>> commands) {
        CommandLine line = new CommandLine(root);
        commands.forEach(command -> line.addSubcommand(command.get()));
        line.setOut(streams.out());
        line.setErr(streams.err());
        line.getSubcommands().values().forEach(CommandLineProgram::layOutHelp);
        layOutHelp(line);
        line.setUsageHelpAutoWidth(true);
        line.setExpandAtFiles(false);
        line.setUsageHelpLongOptionsMaxWidth(34);
        line.setCaseInsensitiveEnumValuesAllowed(true);
        line.setParameterExceptionHandler(this::wrongUse);
        line.setExecutionExceptionHandler((IExecutionExceptionHandler) (exception, command, parsed) -> explain(exception));
        return line;
    }

    private static void layOutHelp(CommandLine command) {
        UsageMessageSpec usage = command.getCommandSpec().usageMessage();
        usage.synopsisHeading("%nUsage: ").parameterListHeading("%n").optionListHeading("%nOptions:%n");
        usage.abbreviateSynopsis(true).sortOptions(false);
    }

    private int wrongUse(ParameterException exception, String[] args) {
        CommandLine command = exception.getCommandLine();
        streams.status("qyclone: " + oneLine(exception.getMessage()));
        if (exception instanceof UnmatchedArgumentException unmatched && !unmatched.getSuggestions().isEmpty()) {
            streams.status("Did you mean: " + String.join(", ", unmatched.getSuggestions()) + "?");
        }
        streams.status("Try '" + command.getCommandSpec().qualifiedName() + " --help'.");
        return ExitCode.WRONG_USE;
    }

    private int explain(Exception exception) {
        if (exception instanceof OutputClosed) {
            return ExitCode.SUCCESS;
        }
        if (exception instanceof EngineException engine) {
            failed(engine.getMessage(), engine);
            return engine.code() == ErrorCode.BAD_REQUEST ? ExitCode.WRONG_USE : ExitCode.FAILED;
        }
        return failed(internal(exception), exception);
    }

    private int failed(String line, Throwable cause) {
        streams.status("qyclone: " + line);
        if (root.verbose) {
            cause.printStackTrace(streams.err());
            streams.err().flush();
        }
        return ExitCode.FAILED;
    }

    private static String outOfMemory(String message) {
        return message.contains("heap")
                ? "Java's heap is full (" + message + "); give it more with QYCLONE_JAVA_OPTS=-Xmx4g, or ask for less with --chunk"
                : "the machine's memory is full (" + message + "); ask for less with --ctx or --kv f16, or take a smaller model";
    }

    private String internal(Throwable exception) {
        return "this is a defect of qyclone: " + oneLine(exception.toString())
                + (root.verbose ? "" : "; run it again with --verbose for the trace");
    }

    private static String oneLine(String message) {
        return message.lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
    }
}
