package dev.qyclone.engine.tokens;

import java.util.OptionalInt;
import java.util.Set;

/**
 * Qwen's byte-level BPE: specials are cut out of the raw text first, each remaining piece is normalized (NFC), split by the
 * published pattern and merged. Immutable; safe for many threads.
 */
public final class Tokenizer {
    /** Text to ids; control tokens in the text are ordinary characters, so no id of one ever comes out. */
    public int[] encodeOrdinary(String text) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Text to ids; every special token of the vocabulary is recognised in the text. */
    public int[] encodeWithSpecials(String text) {
        throw new UnsupportedOperationException("contract only");
    }

    /** As above, but only the specials named are recognised. */
    public int[] encodeWithSpecials(String text, Set<String> allowed) {
        throw new UnsupportedOperationException("contract only");
    }

    /** The bytes that a token stands for: the text of a special, nothing for padding and unknown ids. */
    public byte[] bytes(int id) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Ids to text: bytes put together, malformed UTF-8 replaced. Control tokens appear as their text. */
    public String decode(int... ids) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Number of ids that have a token, specials included; rows beyond are padding. */
    public int size() {
        throw new UnsupportedOperationException("contract only");
    }

    /** Texts of all special (control and user-defined) tokens. */
    public Set<String> specials() {
        throw new UnsupportedOperationException("contract only");
    }

    /** The id of a special token. */
    public OptionalInt idOf(String special) {
        throw new UnsupportedOperationException("contract only");
    }

    /** True for control tokens, which are not shown to a reader; user-defined ones such as {@code <tool_call>} are. */
    public boolean isControl(int id) {
        throw new UnsupportedOperationException("contract only");
    }

    /** Ids that end an answer: the file's end-of-sequence ids, {@code <|im_end|>} and {@code <|endoftext|>} where they exist. */
    public Set<Integer> endTokens() {
        throw new UnsupportedOperationException("contract only");
    }
}
