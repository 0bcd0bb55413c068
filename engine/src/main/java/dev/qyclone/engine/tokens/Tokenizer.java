package dev.qyclone.engine.tokens;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;

/**
 * Qwen's byte-level BPE: specials are cut out of the raw text first, each remaining piece is normalized (NFC), split by the
 * published pattern and merged. Immutable; safe for many threads.
 */
public final class Tokenizer {
    private final Vocabulary vocabulary;
    private final Merges merges;
    private final Set<Integer> endTokens;
    private final int[] byteIds = new int[256];
    private final SpecialMatcher allSpecials;

    Tokenizer(Vocabulary vocabulary, Merges merges, Set<Integer> endTokens) {
        this.vocabulary = vocabulary;
        this.merges = merges;
        this.endTokens = Set.copyOf(endTokens);
        for (int value = 0; value < 256; value++) {
            byteIds[value] = vocabulary.find(new byte[] {(byte) value}, 0, 1);
        }
        allSpecials = new SpecialMatcher(vocabulary.specials());
    }

    /** Text to ids; special tokens in the text are ordinary characters, so no id of one ever comes out. */
    public int[] encodeOrdinary(String text) {
        return new Encoding().ordinary(text).ids.toArray();
    }

    /** Text to ids; every special token of the vocabulary is recognised in the text. */
    public int[] encodeWithSpecials(String text) {
        return encode(text, allSpecials);
    }

    /** As above, but only the specials named are recognised; names that are no specials of this vocabulary match nothing. */
    public int[] encodeWithSpecials(String text, Set<String> allowed) {
        Map<String, Integer> named = new LinkedHashMap<>(vocabulary.specials());
        named.keySet().retainAll(allowed);
        return encode(text, new SpecialMatcher(named));
    }

    private int[] encode(String text, SpecialMatcher specials) {
        Encoding encoding = new Encoding();
        int from = 0;
        for (SpecialMatcher.Match match = specials.find(text, 0); match != null; match = specials.find(text, from)) {
            encoding.ordinary(text.substring(from, match.start()));
            encoding.ids.add(match.id());
            from = match.end();
        }
        return encoding.ordinary(text.substring(from)).ids.toArray();
    }

    /** The bytes that a token stands for: the text of a special, nothing for padding and unknown ids. */
    public byte[] bytes(int id) {
        return vocabulary.bytes(id);
    }

    /** How many {@link #bytes} a token stands for. */
    int length(int id) {
        return vocabulary.length(id);
    }

    /** Puts the {@link #bytes} that a token stands for where there is room for them. */
    void put(int id, ByteBuffer target) {
        vocabulary.put(id, target);
    }

    /** Ids to text: bytes put together, malformed UTF-8 replaced. Control tokens appear as their text. */
    public String decode(int... ids) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream(ids.length * 4);
        for (int id : ids) {
            joined.writeBytes(vocabulary.bytes(id));
        }
        return joined.toString(StandardCharsets.UTF_8);
    }

    /** One more than the highest id that has a token, specials included; rows from there on are padding. */
    public int size() {
        return vocabulary.size();
    }

    /** Texts of all special (control and user-defined) tokens. */
    public Set<String> specials() {
        return vocabulary.specials().keySet();
    }

    /** The id of a special token. */
    public OptionalInt idOf(String special) {
        Integer id = vocabulary.specials().get(special);
        return id == null ? OptionalInt.empty() : OptionalInt.of(id);
    }

    /** True for control tokens, which are not shown to a reader; user-defined ones such as {@code <tool_call>} are. */
    public boolean isControl(int id) {
        return vocabulary.kind(id) == TokenKind.CONTROL;
    }

    /** Ids that end an answer: the file's end-of-sequence ids, {@code <|im_end|>} and {@code <|endoftext|>} where they exist. */
    public Set<Integer> endTokens() {
        return endTokens;
    }

    /** The state of one encoding call. */
    private final class Encoding {
        private final IdBuffer ids = new IdBuffer();
        private final PieceMerger merger = new PieceMerger(merges, byteIds);
        private byte[] piece = new byte[256];

        private Encoding ordinary(String raw) {
            String text = Nfc.normalize(raw);
            Matcher matcher = TextSplitter.PATTERN.matcher(text);
            while (matcher.find()) {
                int room = Math.multiplyExact(3, matcher.end() - matcher.start());
                if (room > piece.length) {
                    piece = new byte[room];
                }
                int length = TextSplitter.encodeUtf8(text, matcher.start(), matcher.end(), piece);
                merger.merge(piece, length, ids);
            }
            return this;
        }
    }
}
