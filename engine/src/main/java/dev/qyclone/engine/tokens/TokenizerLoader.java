package dev.qyclone.engine.tokens;

import dev.qyclone.engine.model.ModelSource;
import java.nio.file.Path;

/** Reads a tokenizer from a model, or from a bare {@code .tiktoken} vocabulary. */
public final class TokenizerLoader {
    private TokenizerLoader() {
    }

    /** From GGUF metadata, or from a folder's tokenizer.json, vocab.json + merges.txt, or qwen.tiktoken. */
    public static Tokenizer load(ModelSource source) {
        throw new UnsupportedOperationException("contract only");
    }

    /** A bare vocabulary; endoftext, im_start and im_end take its next free ids. */
    public static Tokenizer loadTiktoken(Path file) {
        throw new UnsupportedOperationException("contract only");
    }
}
