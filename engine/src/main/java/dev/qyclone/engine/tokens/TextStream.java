package dev.qyclone.engine.tokens;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/** Turns ids into text as they come: a character split over tokens is held back until it is whole. One per answer. */
public final class TextStream {
    private final Tokenizer tokenizer;
    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
    /** Begins with the start of an unfinished character, at most 3 bytes. */
    private ByteBuffer input = ByteBuffer.allocate(64);
    private CharBuffer output = CharBuffer.allocate(64);

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The text that {@code id} completes; empty while a character is unfinished, and for control tokens. */
    public String add(int id) {
        if (tokenizer.isControl(id)) {
            return "";
        }
        reserve(input.position() + tokenizer.length(id));
        tokenizer.put(id, input);
        return decode(false);
    }

    /** What was held back, malformed bytes replaced. The stream is as new afterwards. */
    public String finish() {
        String rest = decode(true);
        decoder.reset();
        return rest;
    }

    /** Never more chars than bytes: a 4-byte character is 2 chars, a replaced byte is 1. */
    private void reserve(int bytes) {
        if (bytes > input.capacity()) {
            input = ByteBuffer.allocate(2 * bytes).put(input.flip());
            output = CharBuffer.allocate(2 * bytes);
        }
    }

    private String decode(boolean last) {
        decoder.decode(input.flip(), output.clear(), last);
        if (last) {
            decoder.flush(output);
        }
        input.compact();
        return output.position() == 0 ? "" : output.flip().toString();
    }
}
