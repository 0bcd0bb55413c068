package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.FinishReason;
import dev.qyclone.engine.generation.GenerationListener;
import dev.qyclone.engine.generation.GenerationRequest;
import dev.qyclone.engine.generation.GenerationResult;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** A conversation. */
@Command(
        name = "chat",
        header = "Hold a conversation in the model's own chat template.",
        description = {
            "",
            "Lines come from the terminal, or from a pipe: one line is one turn. In the chat:",
            "  /reset          forget the conversation",
            "  /system TEXT    start anew with this system prompt (or the template's own)",
            "  /stats          how fast the last answer was",
            "  /help, /quit",
            "Ctrl-C stops the answer, Ctrl-D ends the chat."
        },
        footer = {
            "",
            "Examples:",
            "  qyclone chat",
            "  qyclone chat -m qwen2.5-0.5b-instruct.gguf --system \"You are a pirate.\"",
            "  echo \"Tell me a story about a wolf.\" | qyclone chat --quiet"
        })
final class ChatCommand implements Callable<Integer> {
    /** Characters of a turn from which a progress bar is worth it. */
    private static final int LONG_LINE = 1000;
    private static final List<String> WORDS = List.of("/help", "/quit", "/reset", "/stats", "/system");

    private final Streams streams;
    private final BackendSource source;
    private boolean failed;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "A .gguf file, or a folder with config.json. Default: the demo model")
    private Path model;

    @Option(names = "--system", paramLabel = "TEXT", description = "The system prompt. Default: the template's own")
    private String system;

    @Option(names = "--quiet", description = "Nothing but the answers, and errors.")
    private boolean quiet;

    @ArgGroup(validate = false, heading = SamplingOptions.HEADING, order = 20)
    private SamplingOptions sampling = new SamplingOptions();

    @ArgGroup(validate = false, heading = EngineOptions.HEADING, order = 30)
    private EngineOptions options = new EngineOptions();

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Spec
    private CommandSpec spec;

    ChatCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public Integer call() {
        int maxTokens = sampling.maxTokens(GenerationRequest.UNLIMITED, spec);
        try (OpenModel open = OpenModel.open(model, options, attention, source, streams, quiet, spec); ChatInput input = input()) {
            Conversation conversation = new Conversation(open, sampling, maxTokens, system);
            if (streams.inTerminal() && !quiet) {
                streams.status("/help lists the commands, Ctrl-C stops an answer, Ctrl-D ends the chat");
            }
            for (String line = input.read(); line != null; line = input.read()) {
                if (line.isBlank()) {
                    continue;
                }
                if (!line.startsWith("/")) {
                    answer(conversation, line, input.answerBegins());
                } else if (!obey(conversation, line.strip())) {
                    break;
                }
            }
        }
        return failed ? ExitCode.FAILED : ExitCode.SUCCESS;
    }

    private ChatInput input() {
        if (!streams.inTerminal()) {
            return new PipedInput(streams);
        }
        Path cache = CacheFolder.ofUser();
        return new TerminalInput(cache.resolve("chat-history"), WORDS);
    }

    /** Answers one turn; one that does not fit, or in which a device fails, is taken back, and the conversation goes on without it. */
    private void answer(Conversation conversation, String line, BooleanSupplier cancelled) {
        boolean bars = !quiet && line.length() >= LONG_LINE;
        try (TerminalBar bar = TerminalBar.start(streams, bars, "prefill", " tokens", 1, 0)) {
            Printer printer = new Printer(bar);
            try {
                GenerationResult result = conversation.answer(line, cancelled, printer);
                streams.print("\n");
                if (!quiet && result.reason() == FinishReason.LENGTH) {
                    streams.status("(cut off: " + conversation.limit() + ")");
                }
            } catch (EngineException e) {
                printer.end();
                if (!endsOneTurn(e.code())) {
                    throw e;
                }
                failed |= !streams.inTerminal();
                streams.status("qyclone: " + e.getMessage() + "; /reset starts anew");
            }
        }
    }

    /** Whether the conversation can go on: after a device's failure from keys and values that are computed again. */
    private static boolean endsOneTurn(ErrorCode code) {
        return switch (code) {
            case CONTEXT_FULL, BAD_REQUEST, NON_FINITE, DEVICE_UNAVAILABLE, DEVICE_WRONG, DEVICE_FAILED, OUT_OF_MEMORY -> true;
            case FILE_NOT_FOUND, BAD_FILE, BAD_MODEL, UNSUPPORTED, WRITE_FAILED -> false;
        };
    }

    /** Prints an answer as it is written. */
    private final class Printer implements GenerationListener {
        private final TerminalBar bar;
        private boolean begun;

        Printer(TerminalBar bar) {
            this.bar = bar;
        }

        @Override
        public void prefill(int done, int total) {
            bar.to(done, total);
        }

        @Override
        public void text(String piece) {
            bar.close();
            begun = true;
            streams.print(piece);
        }

        /** Of an answer that comes no further. */
        void end() {
            bar.close();
            if (begun) {
                streams.print("\n");
            }
        }
    }

    /** @return false to end the chat */
    private boolean obey(Conversation conversation, String line) {
        String word = line.split("\\s", 2)[0];
        String rest = line.substring(word.length()).strip();
        switch (word) {
            case "/quit", "/exit" -> {
                return false;
            }
            case "/reset" -> {
                conversation.reset();
                note("the conversation is forgotten");
            }
            case "/system" -> {
                conversation.system(rest.isEmpty() ? null : rest);
                note(rest.isEmpty() ? "a new conversation with the template's own system prompt" : "a new conversation with this prompt");
            }
            case "/stats" -> streams.status(conversation.statistics());
            case "/help" -> streams.status("""
                    /reset          forget the conversation
                    /system TEXT    set the system prompt (without TEXT: the template's own) and start anew
                    /stats          how fast the last answer was
                    /quit           end the chat; so does Ctrl-D
                    Ctrl-C stops an answer.""");
            default -> streams.status("there is no " + word + "; there are " + String.join(", ", WORDS));
        }
        return true;
    }

    private void note(String words) {
        if (!quiet) {
            streams.status("(" + words + ")");
        }
    }
}
