package dev.qyclone.engine.tokens;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import org.junit.jupiter.api.Test;

/** The merge loop against the definition of byte-pair encoding, and the growth of its work. */
class PieceMergerTest {
    /** Candidates per byte that the loop may look at: each join adds at most two to the first one per byte. */
    private static final int STEPS_PER_BYTE = 3;

    private static final Vocabulary VOCABULARY = vocabulary("ab", "aa", "aaa", "bc", "abc", "aaaa", "cab", "aab", "ca", "bca", "abcabc");
    private static final int[] BYTE_IDS = byteIds();

    @Test
    void onlyListedPairsJoin() {
        // By rank of the joined bytes "a" and "bc" would join too; Hugging Face's tokenizers give a, bc.
        ListedMerges merges = ListedMerges.of(VOCABULARY, List.of("b c", "a b", "ab c"), rank -> "merge " + rank);
        assertEquals(List.of("a", "bc"), tokens(merge(merges, "abc")));
        assertEquals(List.of("abc"), tokens(merge(new Merges.ByRank(VOCABULARY), "abc")));
    }

    @Test
    void theLeftmostOfEqualPairsJoinsFirst() {
        assertEquals(List.of("aa", "a"), tokens(merge(ListedMerges.of(VOCABULARY, List.of("a a"), rank -> ""), "aaa")));
    }

    @Property(tries = 1000)
    void equalsTheDefinitionByRank(@ForAll("words") String word) {
        requireDefinition(new Merges.ByRank(VOCABULARY), word);
    }

    @Property(tries = 1000)
    void equalsTheDefinitionByList(@ForAll("words") String word) {
        List<String> pairs = List.of("bc a", "a a", "b c", "aa a", "a b", "aa aa", "ab c", "c a", "a ab", "abc abc", "c ab", "a aaa");
        requireDefinition(ListedMerges.of(VOCABULARY, pairs, rank -> "merge " + rank), word);
    }

    @Test
    void workGrowsWithTheLength() {
        Random random = new Random(11);
        StringBuilder word = new StringBuilder();
        for (int i = 0; i < 1 << 16; i++) {
            word.append((char) ('a' + random.nextInt(3)));
        }
        for (String text : List.of(word.toString(), "a".repeat(1 << 16), "abc".repeat(1 << 14))) {
            PieceMerger merger = new PieceMerger(new Merges.ByRank(VOCABULARY), BYTE_IDS);
            byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
            merger.merge(bytes, bytes.length, new IdBuffer());
            assertTrue(merger.steps() <= (long) STEPS_PER_BYTE * bytes.length, merger.steps() + " steps for " + bytes.length + " bytes");
        }
    }

    @Provide
    Arbitrary<String> words() {
        return Arbitraries.strings().withChars('a', 'b', 'c').ofMinLength(1).ofMaxLength(40);
    }

    /** Joins the pair of lowest rank, the leftmost of equals, until none joins: the definition, word for word. */
    private static void requireDefinition(Merges merges, String word) {
        List<Integer> parts = new ArrayList<>();
        for (byte value : word.getBytes(StandardCharsets.UTF_8)) {
            parts.add(BYTE_IDS[value]);
        }
        while (true) {
            int best = -1;
            int bestRank = Merges.NEVER;
            for (int i = 0; i + 1 < parts.size(); i++) {
                int rank = merges.rank(parts.get(i), parts.get(i + 1));
                if (rank < bestRank) {
                    best = i;
                    bestRank = rank;
                }
            }
            if (best < 0) {
                break;
            }
            parts.set(best, merges.result(bestRank));
            parts.remove(best + 1);
        }
        assertArrayEquals(parts.stream().mapToInt(Integer::intValue).toArray(), merge(merges, word), word);
    }

    private static int[] merge(Merges merges, String word) {
        IdBuffer ids = new IdBuffer();
        byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
        new PieceMerger(merges, BYTE_IDS).merge(bytes, bytes.length, ids);
        return ids.toArray();
    }

    private static List<String> tokens(int[] ids) {
        List<String> tokens = new ArrayList<>();
        for (int id : ids) {
            tokens.add(new String(VOCABULARY.bytes(id), StandardCharsets.UTF_8));
        }
        return tokens;
    }

    private static Vocabulary vocabulary(String... words) {
        Vocabulary.Builder builder = new Vocabulary.Builder("test");
        for (int value = 0; value < 256; value++) {
            builder.ordinary(value, new byte[] {(byte) value}, 0, 1);
        }
        for (String word : words) {
            builder.ordinary(builder.size(), word);
        }
        return builder.build();
    }

    private static int[] byteIds() {
        int[] ids = new int[256];
        for (int value = 0; value < 256; value++) {
            ids[value] = VOCABULARY.find(new byte[] {(byte) value}, 0, 1);
        }
        return ids;
    }
}
