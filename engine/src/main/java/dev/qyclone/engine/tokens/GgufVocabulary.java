package dev.qyclone.engine.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.file.Metadata;
import java.nio.file.Path;
import java.util.List;

/** The tokenizer in a GGUF file's metadata: tokens, their types, merges, and the ids that end an answer. */
final class GgufVocabulary {
    private static final String MODEL = "tokenizer.ggml.model";
    private static final String PRE = "tokenizer.ggml.pre";
    private static final String TOKENS = "tokenizer.ggml.tokens";
    private static final String TYPES = "tokenizer.ggml.token_type";
    private static final String MERGES = "tokenizer.ggml.merges";
    private static final List<String> ENDS = List.of(
            "tokenizer.ggml.eos_token_id", "tokenizer.ggml.eot_token_id", "tokenizer.ggml.eom_token_id");

    private GgufVocabulary() {
    }

    /** @param file for messages */
    static Tokenizer read(Metadata metadata, Path file) {
        requireValue(file, MODEL, metadata.requireString(MODEL), "gpt2");
        // Files of early 2024 do not name the split; those of the Qwen family mean qwen2.
        requireValue(file, PRE, metadata.stringOr(PRE, "qwen2"), "qwen2");
        List<String> tokens = metadata.requireStrings(TOKENS);
        Vocabulary vocabulary = vocabulary(tokens, metadata.requireInts(TYPES), file);
        ListedMerges merges = ListedMerges.of(
                vocabulary, metadata.requireStrings(MERGES), rank -> file + ", " + MERGES + "[" + rank + "]");
        EndTokens ends = new EndTokens(vocabulary, tokens.size());
        for (String key : ENDS) {
            if (metadata.has(key)) {
                ends.add(metadata.requireInt(key), file + ", " + key);
            }
        }
        return ends.tokenizer(merges);
    }

    private static Vocabulary vocabulary(List<String> tokens, int[] types, Path file) {
        if (tokens.size() != types.length) {
            throw new EngineException(ErrorCode.BAD_MODEL, file + ", " + TYPES + " has the wrong length")
                    .expected(tokens.size() + " as in " + TOKENS).got(types.length);
        }
        Vocabulary.Builder builder = new Vocabulary.Builder(file.toString());
        for (int id = 0; id < types.length; id++) {
            String text = tokens.get(id);
            builder.at(TOKENS + "[%d]", id);
            TokenKind kind = kind(types[id], id, file);
            // Converters fill the rows of the embedding that have no token; older ones call these user-defined.
            if (text.startsWith("[PAD") && text.equals("[PAD" + id + "]")) {
                kind = TokenKind.NONE;
            }
            switch (kind) {
                case ORDINARY -> builder.ordinary(id, text);
                case CONTROL, USER_DEFINED -> builder.special(id, text, kind);
                case NONE -> { }
            }
        }
        return builder.build();
    }

    /** The kinds of llama.cpp: 1 normal, 2 unknown, 3 control, 4 user-defined, 5 unused; 6, a byte, is SentencePiece's. */
    private static TokenKind kind(int type, int id, Path file) {
        return switch (type) {
            case 1 -> TokenKind.ORDINARY;
            case 2, 5 -> TokenKind.NONE;
            case 3 -> TokenKind.CONTROL;
            case 4 -> TokenKind.USER_DEFINED;
            default -> throw new EngineException(ErrorCode.BAD_MODEL, file + ", " + TYPES + "[" + id + "]: no type of a token")
                    .expected("1 to 5").got(type);
        };
    }

    private static void requireValue(Path file, String key, String value, String expected) {
        if (!value.equals(expected)) {
            throw new EngineException(ErrorCode.UNSUPPORTED, file + ", " + key + ": this tokenizer is not Qwen's")
                    .expected(expected).got(TokenizerFiles.shown(value));
        }
    }
}
