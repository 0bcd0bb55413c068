package dev.qyclone.engine.tokens;

import dev.qyclone.engine.model.ModelSource;
import java.nio.file.Path;

/** Reads a tokenizer from a model, or from a bare {@code .tiktoken} vocabulary. */
public final class TokenizerLoader {
    private TokenizerLoader() {
    }

    /**
     * From GGUF metadata, or from a folder's tokenizer.json, vocab.json + merges.txt, or qwen.tiktoken.
     *
     * @throws dev.qyclone.engine.error.EngineException FILE_NOT_FOUND if a folder has none of these; UNSUPPORTED for a
     *     tokenizer that is not Qwen's; BAD_FILE or BAD_MODEL, with file and key or line, for a damaged one
     */
    public static Tokenizer load(ModelSource source) {
        return switch (source) {
            case ModelSource.Gguf gguf -> GgufVocabulary.read(gguf.file().metadata(), gguf.path());
            case ModelSource.Folder folder -> FolderVocabulary.read(folder.path(), folder.config());
        };
    }

    /** A bare vocabulary; endoftext, im_start and im_end take its next free ids. */
    public static Tokenizer loadTiktoken(Path file) {
        Vocabulary vocabulary = TiktokenFile.withControls(file);
        return new EndTokens(vocabulary, 0).tokenizer(new Merges.ByRank(vocabulary));
    }
}
