package dev.qyclone.engine.tokens;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Collects the ids that end an answer. */
final class EndTokens {
    static final String TEXT = "<|endoftext|>";
    static final String TURN = "<|im_end|>";

    private final Vocabulary vocabulary;
    private final int limit;
    private final Set<Integer> ids = new LinkedHashSet<>();

    /** @param rows of the model's embedding, padding included; 0 if unknown */
    EndTokens(Vocabulary vocabulary, int rows) {
        this.vocabulary = vocabulary;
        this.limit = Math.max(vocabulary.size(), rows);
        for (String name : List.of(TURN, TEXT)) {
            Integer id = vocabulary.specials().get(name);
            if (id != null && vocabulary.kind(id) == TokenKind.CONTROL) {
                ids.add(id);
            }
        }
    }

    /** Adds a declared id. */
    EndTokens add(long id, String place) {
        if (id < 0 || id >= limit) {
            throw new EngineException(ErrorCode.BAD_MODEL, place + " is no token").expected("an id in 0.." + (limit - 1)).got(id);
        }
        ids.add((int) id);
        return this;
    }

    /** Adds what a JSON file declares: an id, a list of ids, or nothing. */
    EndTokens add(JsonNode declared, String place) {
        if (declared.isIntegralNumber() && declared.canConvertToLong()) {
            return add(declared.asLong(), place);
        }
        if (declared.isArray()) {
            for (JsonNode id : declared) {
                if (!id.isIntegralNumber() || !id.canConvertToLong()) {
                    throw bad(declared, place);
                }
                add(id.asLong(), place);
            }
            return this;
        }
        if (!declared.isMissingNode() && !declared.isNull()) {
            throw bad(declared, place);
        }
        return this;
    }

    Tokenizer tokenizer(Merges merges) {
        return new Tokenizer(vocabulary, merges, ids);
    }

    private static EngineException bad(JsonNode declared, String place) {
        return new EngineException(ErrorCode.BAD_MODEL, place + " is of the wrong kind")
                .expected("an id or a list of ids").got(JsonStream.shortened(declared));
    }
}
