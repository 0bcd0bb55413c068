package dev.qyclone.engine.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Reads the tokenizer's files beside a model, within bounds. */
final class TokenizerFiles {
    /** Qwen's largest, tokenizer.json, has 7 to 11 MB. */
    private static final long MAX_BYTES = 256L << 20;

    private static final int LONGEST_SHOWN = 200;

    private TokenizerFiles() {
    }

    /** All bytes of a file. */
    static byte[] readBytes(Path file) {
        try {
            if (!Files.isRegularFile(file)) {
                throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " is not there or is no file");
            }
            if (Files.size(file) > MAX_BYTES) {
                throw new EngineException(ErrorCode.BAD_FILE, file + " is too large for a tokenizer")
                        .expected("at most " + MAX_BYTES + " bytes").got(Files.size(file));
            }
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, file + " cannot be read", e).got(e.getMessage());
        }
    }

    /** A text from a file for a message: shortened, and without characters that a terminal would obey. */
    static String shown(String text) {
        String start = text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
        return '"' + start.replaceAll("\\p{Cntrl}", "?") + '"';
    }
}
