package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelSource;
import dev.qyclone.engine.tokens.Tokenizer;
import dev.qyclone.engine.tokens.TokenizerLoader;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Text to token ids. */
@Command(
        name = "tokenize",
        header = "Turn text into token ids.",
        footer = {
            "",
            "Examples:",
            "  qyclone tokenize -m model.gguf \"Once upon a time\"",
            "  qyclone tokenize --vocab qwen.tiktoken --jsonl texts.jsonl"
        })
final class TokenizeCommand implements Runnable {
    private final Streams streams;

    @ArgGroup(multiplicity = "1")
    private Source source;

    @ArgGroup(multiplicity = "1")
    private Input input;

    @Option(names = "--special", description = "Recognise control tokens such as <|im_start|> in TEXT.")
    private boolean special;

    @Option(names = "--json", description = "Print {\"ordinary\":[ids],\"special\":[ids]}: without and with control tokens recognised.")
    private boolean json;

    TokenizeCommand(Streams streams) {
        this.streams = streams;
    }

    private static final class Source {
        @Option(names = {"-m", "--model"}, required = true, paramLabel = "MODEL", description = "The tokenizer of this model.")
        private Path model;

        @Option(names = "--vocab", required = true, paramLabel = "FILE", description = "A bare .tiktoken vocabulary.")
        private Path vocabulary;
    }

    private static final class Input {
        @Option(names = "--jsonl", required = true, paramLabel = "FILE",
                description = "Read lines {\"text\":\"...\"} (- is stdin), and print a line as --json does for each.")
        private Path lines;

        @Parameters(paramLabel = "TEXT", arity = "1", description = "The text; print its ids with commas between them.")
        private String text;
    }

    @Override
    public void run() {
        Tokenizer tokenizer = load();
        if (input.lines != null) {
            encodeLines(tokenizer);
        } else if (json) {
            streams.println(both(tokenizer, input.text));
        } else {
            int[] ids = special ? tokenizer.encodeWithSpecials(input.text) : tokenizer.encodeOrdinary(input.text);
            streams.println(Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        }
    }

    private Tokenizer load() {
        if (source.vocabulary != null) {
            return TokenizerLoader.loadTiktoken(source.vocabulary);
        }
        try (ModelSource model = ModelSource.open(source.model)) {
            return TokenizerLoader.load(model);
        }
    }

    private void encodeLines(Tokenizer tokenizer) {
        boolean stdin = input.lines.toString().equals("-");
        ObjectMapper mapper = new ObjectMapper();
        try (BufferedReader reader = stdin ? streams.in() : Files.newBufferedReader(input.lines)) {
            int number = 0;
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                number++;
                if (!line.isBlank()) {
                    streams.println(both(tokenizer, textOf(mapper, line, number)));
                }
            }
        } catch (CharacterCodingException e) {
            throw new EngineException(ErrorCode.BAD_FILE, input.lines + " is not text in UTF-8", e).expected("lines {\"text\":\"...\"}");
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, input.lines + " cannot be read", e)
                    .expected("a file of lines {\"text\":\"...\"}").got(e.getClass().getSimpleName());
        }
    }

    private String textOf(ObjectMapper mapper, String line, int number) {
        JsonNode text;
        try {
            text = mapper.readTree(line).path("text");
        } catch (JsonProcessingException e) {
            throw new EngineException(ErrorCode.BAD_FILE, input.lines + " line " + number + " is not JSON", e)
                    .expected("{\"text\":\"...\"}").got(e.getOriginalMessage());
        }
        if (!text.isTextual()) {
            throw new EngineException(ErrorCode.BAD_FILE, input.lines + " line " + number + " has no text")
                    .expected("{\"text\":\"...\"}").got(text.isMissingNode() ? "no such field" : text.getNodeType());
        }
        return text.textValue();
    }

    private static String both(Tokenizer tokenizer, String text) {
        return Json.object(fields -> {
            Json.ids(fields, "ordinary", tokenizer.encodeOrdinary(text));
            Json.ids(fields, "special", tokenizer.encodeWithSpecials(text));
        });
    }
}
