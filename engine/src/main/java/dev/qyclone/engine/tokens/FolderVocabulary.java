package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.JsonFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The tokenizer of a Hugging Face folder: the first of its three forms that is there. */
final class FolderVocabulary {
    private FolderVocabulary() {
    }

    /** @param config the content of config.json */
    static Tokenizer read(Path folder, JsonNode config) {
        TokenizerJson.Content content = content(folder, config);
        EndTokens ends = new EndTokens(content.vocabulary(), config.path("vocab_size").asInt());
        ends.add(config.path("eos_token_id"), folder.resolve("config.json") + ", eos_token_id");
        Path generation = folder.resolve("generation_config.json");
        if (Files.exists(generation)) {
            ends.add(JsonFile.read(generation).root().path("eos_token_id"), generation + ", eos_token_id");
        }
        return ends.tokenizer(content.merges());
    }

    private static TokenizerJson.Content content(Path folder, JsonNode config) {
        Path whole = folder.resolve("tokenizer.json");
        if (Files.exists(whole)) {
            return TokenizerJson.read(whole);
        }
        Path tokens = folder.resolve("vocab.json");
        Path merges = folder.resolve("merges.txt");
        if (Files.exists(tokens) && Files.exists(merges)) {
            return readPair(folder, tokens, merges);
        }
        Path ranks = folder.resolve("qwen.tiktoken");
        if (Files.exists(ranks)) {
            boolean first = config.path("model_type").asText().equals("qwen");
            Vocabulary vocabulary = first ? TiktokenFile.withExtras(ranks) : TiktokenFile.withControls(ranks);
            return new TokenizerJson.Content(vocabulary, new Merges.ByRank(vocabulary));
        }
        throw new EngineException(ErrorCode.FILE_NOT_FOUND, folder + " has no tokenizer")
                .expected("tokenizer.json, or vocab.json and merges.txt, or qwen.tiktoken").remedy("copy it from the model's page");
    }

    private static TokenizerJson.Content readPair(Path folder, Path tokens, Path merges) {
        VocabularyJson json = new VocabularyJson(tokens);
        JsonStream.stream(tokens, parser -> {
            parser.nextToken();
            json.readTokens(parser);
        });
        readAdded(folder, json);
        Vocabulary.Builder builder = json.tokens();
        if (!json.hasAdded()) {
            TiktokenFile.addControls(builder);
        }
        Vocabulary vocabulary = builder.build();
        List<String> lines = new ArrayList<>();
        List<Integer> numbers = new ArrayList<>();
        int number = 0;
        for (String line : new String(TokenizerFiles.readBytes(merges), StandardCharsets.UTF_8).split("\r?\n")) {
            number++;
            if (!line.isEmpty() && !line.startsWith("#version")) {
                lines.add(line);
                numbers.add(number);
            }
        }
        return new TokenizerJson.Content(
                vocabulary, ListedMerges.of(vocabulary, lines, rank -> merges + ", line " + numbers.get(rank)));
    }

    /** Specials are in tokenizer_config.json, in older folders in added_tokens.json, in the oldest nowhere. */
    private static void readAdded(Path folder, VocabularyJson json) {
        Path config = folder.resolve("tokenizer_config.json");
        if (Files.exists(config)) {
            for (Map.Entry<String, JsonNode> token : JsonFile.read(config).root().path("added_tokens_decoder").properties()) {
                json.readAdded(token.getValue(), id(token.getKey(), config), config);
            }
        }
        Path older = folder.resolve("added_tokens.json");
        if (!json.hasAdded() && Files.exists(older)) {
            for (Map.Entry<String, JsonNode> token : JsonFile.read(older).root().properties()) {
                TokenKind kind = token.getKey().startsWith("<|") ? TokenKind.CONTROL : TokenKind.USER_DEFINED;
                json.add(id(token.getValue().asText(), older), token.getKey(), kind, older);
            }
        }
    }

    private static int id(String text, Path where) {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new EngineException(ErrorCode.BAD_MODEL, where + ": an added token has no id")
                    .expected("a number").got(TokenizerFiles.shown(text));
        }
    }
}
