package dev.qyclone.engine.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;

/** A {@code .tiktoken} vocabulary: one token per line, {@code base64(bytes) SPACE rank}, where the rank is the id. */
final class TiktokenFile {
    private static final int EXTRAS = 205;

    private final Path file;
    private final Vocabulary.Builder tokens;
    private int count;

    private TiktokenFile(Path file) {
        this.file = file;
        this.tokens = new Vocabulary.Builder(file.toString());
    }

    /** A bare vocabulary: the control tokens that all Qwen models share take its next free ids. */
    static Vocabulary withControls(Path file) {
        Vocabulary.Builder tokens = read(file);
        addControls(tokens);
        return tokens.build();
    }

    /** The vocabulary of a Qwen1 model, which has {@code <|extra_0|>} to {@code <|extra_204|>} besides. */
    static Vocabulary withExtras(Path file) {
        Vocabulary.Builder tokens = read(file);
        addControls(tokens);
        for (int extra = 0; extra < EXTRAS; extra++) {
            tokens.special(tokens.size(), "<|extra_" + extra + "|>", TokenKind.CONTROL);
        }
        return tokens.build();
    }

    static void addControls(Vocabulary.Builder tokens) {
        for (String name : List.of(EndTokens.TEXT, "<|im_start|>", EndTokens.TURN)) {
            tokens.at("control token %d", tokens.size()).special(tokens.size(), name, TokenKind.CONTROL);
        }
    }

    /** The ordinary tokens of a file; ranks may come in any order, but none may be missing or there twice. */
    private static Vocabulary.Builder read(Path file) {
        TiktokenFile reader = new TiktokenFile(file);
        reader.readLines(TokenizerFiles.readBytes(file));
        reader.requireEveryRank();
        return reader.tokens;
    }

    private void readLines(byte[] content) {
        int line = 1;
        for (int from = 0; from < content.length; line++) {
            int to = from;
            while (to < content.length && content[to] != '\n') {
                to++;
            }
            int end = to > from && content[to - 1] == '\r' ? to - 1 : to;
            if (end > from) {
                readLine(content, from, end, line);
            }
            from = to + 1;
        }
    }

    private void readLine(byte[] content, int from, int to, int line) {
        int space = from;
        while (space < to && content[space] != ' ') {
            space++;
        }
        if (space == from || space == to) {
            throw bad(line, "is no token").expected("base64, a space, and a rank");
        }
        byte[] token;
        try {
            token = Base64.getDecoder().decode(Arrays.copyOfRange(content, from, space));
        } catch (IllegalArgumentException e) {
            throw bad(line, "has a token that is no base64");
        }
        tokens.at("line %d", line).ordinary(rank(content, space + 1, to, line), token, 0, token.length);
        count++;
    }

    private int rank(byte[] content, int from, int to, int line) {
        int rank = 0;
        for (int i = from; i < to; i++) {
            if (content[i] < '0' || content[i] > '9') {
                throw bad(line, "has a rank that is no number").expected("digits only");
            }
            rank = rank * 10 + content[i] - '0';
            if (rank >= Vocabulary.MAX_IDS) {
                throw bad(line, "has a rank that is too large").expected("less than " + Vocabulary.MAX_IDS);
            }
        }
        if (from == to) {
            throw bad(line, "has no rank").expected("base64, a space, and a rank");
        }
        return rank;
    }

    private void requireEveryRank() {
        if (count == tokens.size()) {
            return;
        }
        throw new EngineException(ErrorCode.BAD_MODEL, file + ": no line has rank " + tokens.firstFree())
                .expected("every rank up to " + (tokens.size() - 1)).remedy("download the file again");
    }

    private EngineException bad(int line, String what) {
        return new EngineException(ErrorCode.BAD_FILE, file + ", line " + line + " " + what);
    }
}
