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
    /** The start of an unfinished character, at most 3 bytes. */
    private byte[] held = new byte[0];

    public TextStream(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    /** The text that {@code id} completes; empty while a character is unfinished, and for control tokens. */
    public String add(int id) {
        return tokenizer.isControl(id) ? "" : decode(tokenizer.bytes(id), false);
    }

    /** What was held back, malformed bytes replaced. The stream is as new afterwards. */
    public String finish() {
        String rest = decode(new byte[0], true);
        decoder.reset();
        return rest;
    }

    private String decode(byte[] more, boolean last) {
        ByteBuffer input = ByteBuffer.allocate(held.length + more.length).put(held).put(more).flip();
        // Never more chars than bytes: a 4-byte character is 2 chars, a replaced byte is 1.
        CharBuffer output = CharBuffer.allocate(input.remaining());
        decoder.decode(input, output, last);
        if (last) {
            decoder.flush(output);
        }
        held = new byte[input.remaining()];
        input.get(held);
        return output.flip().toString();
    }
}
