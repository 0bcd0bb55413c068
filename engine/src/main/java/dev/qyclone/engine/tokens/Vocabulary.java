package dev.qyclone.engine.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Ids and the bytes they stand for, both ways. All bytes lie in one array and the way back is an open hash of ids, so that
 * 151,643 tokens load in little time and take 5 MB instead of an object each. Immutable.
 */
final class Vocabulary {
    /** More ids than any model has: a bound on what a damaged file can make us allocate. */
    static final int MAX_IDS = 1 << 20;
    static final int NONE = -1;

    private final byte[] bytes;
    /** Token id is {@code bytes[start[id] .. end[id])}. */
    private final int[] start;
    private final int[] end;
    private final TokenKind[] kinds;
    private final Map<String, Integer> specials;
    /** Ordinary ids by the hash of their bytes, -1 where empty; a power of two, at most half full. */
    private final int[] slots;

    private Vocabulary(Builder builder) {
        bytes = Arrays.copyOf(builder.bytes, builder.used);
        start = Arrays.copyOf(builder.start, builder.size);
        end = Arrays.copyOf(builder.end, builder.size);
        kinds = Arrays.copyOf(builder.kinds, builder.size);
        specials = Collections.unmodifiableMap(new LinkedHashMap<>(builder.specials));
        slots = new int[Integer.highestOneBit(Math.max(256, builder.ordinaries)) << 2];
        Arrays.fill(slots, NONE);
        for (int id = 0; id < size(); id++) {
            if (kinds[id] == TokenKind.ORDINARY) {
                index(id, builder.file);
            }
        }
        for (int value = 0; value < 256; value++) {
            if (find(new byte[] {(byte) value}, 0, 1) == NONE) {
                throw new EngineException(ErrorCode.BAD_MODEL, builder.file + ": the vocabulary has no token for the byte " + value)
                        .expected("one for each of the 256 bytes").remedy("use the vocabulary of a Qwen model");
            }
        }
    }

    private void index(int id, String file) {
        int slot = slot(hash(hash(0, bytes, start[id], end[id])));
        while (slots[slot] != NONE) {
            int other = slots[slot];
            if (Arrays.equals(bytes, start[id], end[id], bytes, start[other], end[other])) {
                throw new EngineException(ErrorCode.BAD_MODEL, file + ": ids " + other + " and " + id + " are the same token")
                        .got(TokenizerFiles.shown(ByteAlphabet.encode(bytes(id))));
            }
            slot = slot(slot + 1);
        }
        slots[slot] = id;
    }

    /** One more than the highest id that has a token. */
    int size() {
        return kinds.length;
    }

    TokenKind kind(int id) {
        return id < 0 || id >= kinds.length ? TokenKind.NONE : kinds[id];
    }

    /** A copy of a token's bytes; none for an id without a token. */
    byte[] bytes(int id) {
        return kind(id) == TokenKind.NONE ? new byte[0] : Arrays.copyOfRange(bytes, start[id], end[id]);
    }

    /** How many bytes a token has. */
    int length(int id) {
        return kind(id) == TokenKind.NONE ? 0 : end[id] - start[id];
    }

    /** Puts a token's bytes where there is room for them. */
    void put(int id, ByteBuffer target) {
        if (length(id) > 0) {
            target.put(bytes, start[id], end[id] - start[id]);
        }
    }

    /** Texts of the specials, with their ids. */
    Map<String, Integer> specials() {
        return specials;
    }

    /** The ordinary token with these bytes, or {@link #NONE}. */
    int find(byte[] text, int from, int to) {
        int slot = slot(hash(hash(0, text, from, to)));
        while (slots[slot] != NONE) {
            int id = slots[slot];
            if (Arrays.equals(text, from, to, bytes, start[id], end[id])) {
                return id;
            }
            slot = slot(slot + 1);
        }
        return NONE;
    }

    /** The ordinary token whose bytes are those of {@code left}, then those of {@code right}, or {@link #NONE}. */
    int findJoined(int left, int right) {
        int slot = slot(hash(hash(hash(0, bytes, start[left], end[left]), bytes, start[right], end[right])));
        int leftLength = end[left] - start[left];
        int length = leftLength + end[right] - start[right];
        while (slots[slot] != NONE) {
            int id = slots[slot];
            int border = start[id] + leftLength;
            if (end[id] - start[id] == length
                    && Arrays.equals(bytes, start[left], end[left], bytes, start[id], border)
                    && Arrays.equals(bytes, start[right], end[right], bytes, border, end[id])) {
                return id;
            }
            slot = slot(slot + 1);
        }
        return NONE;
    }

    private int slot(int hash) {
        return hash & slots.length - 1;
    }

    /** FNV-1a, continued from {@code hash}. */
    private static int hash(int hash, byte[] text, int from, int to) {
        int result = hash;
        for (int i = from; i < to; i++) {
            result = (result ^ text[i] & 0xFF) * 0x01000193;
        }
        return result;
    }

    /** Brings the high bits down to where the slot is read. */
    private static int hash(int hash) {
        int mixed = hash * 0x9E3779B9;
        return mixed ^ mixed >>> 15;
    }

    /** Collects tokens in any order; ids left out have no token. */
    static final class Builder {
        private final String file;
        private final Map<String, Integer> specials = new LinkedHashMap<>();
        private byte[] bytes = new byte[1 << 20];
        private int used;
        private int[] start = new int[1 << 12];
        private int[] end = new int[1 << 12];
        private TokenKind[] kinds = new TokenKind[1 << 12];
        private int size;
        private int ordinaries;
        private String placeFormat = "token %d";
        private int placeNumber;

        /** @param file for messages */
        Builder(String file) {
            this.file = file;
        }

        /** One more than the highest id so far. */
        int size() {
            return size;
        }

        /** The lowest id without a token. */
        int firstFree() {
            int id = 0;
            while (id < size && kinds[id] != null) {
                id++;
            }
            return id;
        }

        /**
         * Says where in the file the next token stands, for messages.
         *
         * @param format a text with one {@code %d}, such as {@code line %d}
         */
        Builder at(String format, int number) {
            placeFormat = format;
            placeNumber = number;
            return this;
        }

        /** Adds an ordinary token. */
        void ordinary(int id, byte[] source, int from, int to) {
            if (from == to) {
                throw bad("a token without bytes");
            }
            put(id, TokenKind.ORDINARY, source, from, to);
            ordinaries++;
        }

        /** Adds an ordinary token written in {@link ByteAlphabet}. */
        void ordinary(int id, String text) {
            byte[] decoded = new byte[text.length()];
            if (!ByteAlphabet.decode(text, 0, text.length(), decoded, 0)) {
                throw bad("the token " + TokenizerFiles.shown(text) + " has characters that stand for no byte");
            }
            ordinary(id, decoded, 0, decoded.length);
        }

        /** Adds a control or user-defined token. */
        void special(int id, String text, TokenKind kind) {
            if (text.isEmpty()) {
                throw bad("a special token without text");
            }
            if (specials.putIfAbsent(text, id) != null) {
                throw bad("the special token " + TokenizerFiles.shown(text) + " is there twice");
            }
            byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
            put(id, kind, encoded, 0, encoded.length);
        }

        private void put(int id, TokenKind kind, byte[] source, int from, int to) {
            if (id < 0 || id >= MAX_IDS) {
                throw bad("a token id outside 0.." + (MAX_IDS - 1)).got(id);
            }
            if (id >= kinds.length) {
                int capacity = Math.max(id + 1, kinds.length * 2);
                start = Arrays.copyOf(start, capacity);
                end = Arrays.copyOf(end, capacity);
                kinds = Arrays.copyOf(kinds, capacity);
            }
            if (kinds[id] != null) {
                throw bad("a second token with id " + id);
            }
            int length = to - from;
            if (length > Integer.MAX_VALUE - 8 - used) {
                throw bad("tokens of more than 2 GiB in all");
            }
            if (used + length > bytes.length) {
                bytes = Arrays.copyOf(bytes, (int) Math.min(Integer.MAX_VALUE - 8L, Math.max(used + (long) length, 2L * bytes.length)));
            }
            System.arraycopy(source, from, bytes, used, length);
            start[id] = used;
            used += length;
            end[id] = used;
            kinds[id] = kind;
            size = Math.max(size, id + 1);
        }

        EngineException bad(String what) {
            return new EngineException(ErrorCode.BAD_MODEL, file + ", " + placeFormat.formatted(placeNumber) + ": " + what);
        }

        Vocabulary build() {
            for (int id = 0; id < size; id++) {
                if (kinds[id] == null) {
                    kinds[id] = TokenKind.NONE;
                }
            }
            return new Vocabulary(this);
        }
    }
}
