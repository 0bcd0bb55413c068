package dev.qyclone.engine.tokens;

import dev.qyclone.engine.model.ModelSource;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Reads a tokenizer from a model, or from a bare {@code .tiktoken} vocabulary. */
public final class TokenizerLoader {
    static final String END_OF_TEXT = "<|endoftext|>";
    static final String TURN_START = "<|im_start|>";
    static final String TURN_END = "<|im_end|>";

    private TokenizerLoader() {
    }

    /** From GGUF metadata, or from a folder's tokenizer.json, vocab.json + merges.txt, or qwen.tiktoken. */
    public static Tokenizer load(ModelSource source) {
        throw new UnsupportedOperationException("contract only");
    }

    /** A bare vocabulary; endoftext, im_start and im_end take its next free ids. */
    public static Tokenizer loadTiktoken(Path file) {
        Vocabulary.Builder tokens = TiktokenFile.read(file);
        addControls(tokens, List.of(END_OF_TEXT, TURN_START, TURN_END));
        Vocabulary vocabulary = tokens.build();
        return new Tokenizer(vocabulary, new Merges.ByRank(vocabulary), endTokens(vocabulary, Set.of()));
    }

    private static void addControls(Vocabulary.Builder tokens, List<String> names) {
        for (String name : names) {
            tokens.special(tokens.size(), name, TokenKind.CONTROL, name);
        }
    }

    /** The ids that the files declare, and the ends of a turn and of a text where they are control tokens. */
    private static Set<Integer> endTokens(Vocabulary vocabulary, Set<Integer> declared) {
        Set<Integer> ends = new LinkedHashSet<>(declared);
        for (String name : List.of(TURN_END, END_OF_TEXT)) {
            Integer id = vocabulary.specials().get(name);
            if (id != null && vocabulary.kind(id) == TokenKind.CONTROL) {
                ends.add(id);
            }
        }
        return ends;
    }
}
