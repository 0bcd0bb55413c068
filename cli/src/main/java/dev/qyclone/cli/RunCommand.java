package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.GenerationListener;
import dev.qyclone.engine.generation.GenerationRequest;
import dev.qyclone.engine.generation.GenerationResult;
import dev.qyclone.engine.generation.Generator;
import dev.qyclone.engine.generation.PrefixCache;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.sampler.Sampler;
import dev.qyclone.engine.tokens.Tokenizer;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Continues a text. */
@Command(
        name = "run",
        header = "Continue a text: the text goes to stdout, all else to stderr.",
        footer = {
            "",
            "Examples:",
            "  qyclone run \"Once upon a time\"",
            "  qyclone run -m model.gguf -n 64 --temperature 0.7 --seed 1 \"The sea is\"",
            "  qyclone run -m model/ --quiet --greedy --stop \".\" < prompt.txt",
            "  qyclone run -m model.gguf --greedy --prompts questions.txt"
        })
final class RunCommand implements Runnable {
    private static final int DEFAULT_TOKENS = 256;
    /** Memory for the keys and values of prompts that others may begin with. */
    private static final long KEPT_BYTES = 1L << 30;

    private final Streams streams;
    private final BackendSource source;

    @Parameters(paramLabel = "PROMPT", arity = "0..*", description = "The text to continue; without one it is read from a piped stdin.")
    private List<String> words;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "A .gguf file, or a folder with config.json. Default: the demo model")
    private Path model;

    @Option(names = "--prompts", paramLabel = "FILE",
            description = "Continue every line of a file (- is stdin), each by itself; what a line begins with like one before is not"
                    + " computed again.")
    private Path file;

    @Option(names = "--quiet", description = "Nothing but the text, and errors.")
    private boolean quiet;

    @Option(names = "--json", description = "Print one JSON object for each prompt: text, ids, why it ended, statistics.")
    private boolean json;

    @Option(names = "--special", description = "Recognise control tokens such as <|im_start|> in the prompt.")
    private boolean special;

    @ArgGroup(validate = false, heading = SamplingOptions.HEADING, order = 20)
    private SamplingOptions sampling = new SamplingOptions();

    @ArgGroup(validate = false, heading = EngineOptions.HEADING, order = 30)
    private EngineOptions options = new EngineOptions();

    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Spec
    private CommandSpec spec;

    RunCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        int maxTokens = sampling.maxTokens(DEFAULT_TOKENS, spec);
        List<String> prompts = file == null ? List.of(prompt()) : lines();
        try (OpenModel open = OpenModel.open(model, options, attention, source, streams, quiet, spec);
                PrefixCache prefixes = new PrefixCache(file == null ? 0 : KEPT_BYTES)) {
            for (int i = 0; i < prompts.size(); i++) {
                try (Session session = open.newSession(prefixes)) {
                    GenerationResult result = answer(open, session, prompts.get(i), maxTokens);
                    if (file != null && !quiet) {
                        streams.status("qyclone: prompt " + (i + 1) + " of " + prompts.size() + ": " + result.reusedTokens() + " of "
                                + result.promptTokens() + " tokens reused");
                    }
                }
            }
        }
    }

    private GenerationResult answer(OpenModel open, Session session, String prompt, int maxTokens) {
        boolean status = !quiet && !json;
        Tokenizer tokenizer = open.engine().tokenizer();
        int[] ids = special ? tokenizer.encodeWithSpecials(prompt) : tokenizer.encodeOrdinary(prompt);
        Sampler sampler = Sampler.of(sampling.over(open.sampling()));
        GenerationRequest request = GenerationRequest.of(ids, maxTokens).withStopStrings(sampling.stops());
        GenerationResult result = generate(new Generator(session, tokenizer, sampler), request, ids.length, status, prompt);
        RunStatistics statistics = open.statistics(result, session);
        if (json) {
            printJson(result, statistics);
        } else {
            streams.print("\n");
        }
        if (status && file == null) {
            streams.status(statistics.line());
        }
        return result;
    }

    private GenerationResult generate(Generator generator, GenerationRequest request, int promptTokens, boolean status, String prompt) {
        boolean together = status && promptTokens < TerminalBar.LONG_PROMPT && streams.outTerminal() && streams.errTerminal();
        boolean bars = status && promptTokens >= TerminalBar.LONG_PROMPT;
        try (TerminalBar bar = TerminalBar.start(streams, bars, "prefill", " tokens", 1, promptTokens)) {
            return generator.generate(request, new GenerationListener() {
                private boolean begun;

                @Override
                public void prefill(int done, int total) {
                    bar.to(done);
                }

                @Override
                public void text(String piece) {
                    begin();
                    if (!json) {
                        streams.print(piece);
                    }
                }

                private void begin() {
                    if (begun) {
                        return;
                    }
                    begun = true;
                    bar.close();
                    if (together) {
                        streams.beside(prompt); // so that a person reads one text
                    }
                }
            });
        }
    }

    private String prompt() {
        String prompt = words == null ? piped() : words.stream().collect(Collectors.joining(" "));
        if (prompt.isEmpty()) {
            throw Checks.wrong("the prompt is empty; give one, such as \"Once upon a time\"", spec);
        }
        return prompt;
    }

    private List<String> lines() {
        if (words != null) {
            throw Checks.wrong("a prompt and --prompts do not go together", spec);
        }
        List<String> lines = (isStdin() ? streams.readAll().lines() : read().lines()).filter(line -> !line.isBlank()).toList();
        if (lines.isEmpty()) {
            throw Checks.wrong("--prompts " + file + " has no prompt: give one in each line", spec);
        }
        return lines;
    }

    private boolean isStdin() {
        return file.toString().equals("-");
    }

    private String read() {
        try {
            return Files.readString(file);
        } catch (CharacterCodingException e) {
            throw new EngineException(ErrorCode.BAD_FILE, file + " is not text in UTF-8", e).expected("a prompt in each line");
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " cannot be read", e)
                    .expected("a file with a prompt in each line").got(e.getClass().getSimpleName());
        }
    }

    private String piped() {
        if (streams.inTerminal()) {
            throw Checks.wrong("no prompt; give one, such as \"Once upon a time\"", spec);
        }
        return streams.readAll();
    }

    private void printJson(GenerationResult result, RunStatistics statistics) {
        streams.println(Json.object(fields -> {
            fields.writeStringField("text", result.text());
            Json.ids(fields, "ids", result.ids());
            fields.writeStringField("ended", result.reason().label());
            statistics.write(fields);
        }));
    }
}
