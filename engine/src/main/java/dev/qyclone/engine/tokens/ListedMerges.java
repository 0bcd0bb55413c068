package dev.qyclone.engine.tokens;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;

/**
 * Merges as a list of pairs {@code "A B"} in the order of their rank, as Hugging Face and GGUF files have them. Only the pairs
 * listed join, and ids need not follow the ranks. Immutable.
 */
final class ListedMerges implements Merges {
    /** Merge r joins {@code lefts[r]} and {@code rights[r]} to {@code results[r]}. */
    private final int[] lefts;
    private final int[] rights;
    private final int[] results;
    /** Ranks by the hash of their pair, -1 where empty; a power of two, at most half full. */
    private final int[] slots;

    private ListedMerges(int count) {
        lefts = new int[count];
        rights = new int[count];
        results = new int[count];
        slots = new int[Integer.highestOneBit(Math.max(16, count)) << 2];
        Arrays.fill(slots, -1);
    }

    /**
     * Reads the list.
     *
     * @param place where the merge of a rank stands, for messages
     */
    static ListedMerges of(Vocabulary vocabulary, List<String> merges, IntFunction<String> place) {
        if (merges.size() > Vocabulary.MAX_IDS) {
            throw bad(place.apply(0), "too many merges").expected("at most " + Vocabulary.MAX_IDS).got(merges.size());
        }
        ListedMerges listed = new ListedMerges(merges.size());
        byte[] joined = new byte[256];
        for (int rank = 0; rank < merges.size(); rank++) {
            String merge = merges.get(rank);
            int space = merge.indexOf(' ');
            int right = merge.length() - space - 1;
            if (space <= 0 || right == 0) {
                throw bad(place.apply(rank), "no merge").expected("two tokens with a space between").got(TokenizerFiles.shown(merge));
            }
            joined = merge.length() <= joined.length ? joined : new byte[merge.length()];
            if (!ByteAlphabet.decode(merge, 0, space, joined, 0)
                    || !ByteAlphabet.decode(merge, space + 1, merge.length(), joined, space)) {
                throw bad(place.apply(rank), "characters that stand for no byte").got(TokenizerFiles.shown(merge));
            }
            listed.lefts[rank] = vocabulary.find(joined, 0, space);
            listed.rights[rank] = vocabulary.find(joined, space, space + right);
            listed.results[rank] = vocabulary.find(joined, 0, space + right);
            if (listed.lefts[rank] < 0 || listed.rights[rank] < 0 || listed.results[rank] < 0) {
                throw bad(place.apply(rank), "a merge of or to a token that the vocabulary does not have").got(TokenizerFiles.shown(merge));
            }
            if (!listed.index(rank)) {
                throw bad(place.apply(rank), "the merge " + TokenizerFiles.shown(merge) + " is there twice");
            }
        }
        return listed;
    }

    @Override
    public int rank(int left, int right) {
        for (int slot = slot(left, right); slots[slot] >= 0; slot = slot + 1 & slots.length - 1) {
            int rank = slots[slot];
            if (lefts[rank] == left && rights[rank] == right) {
                return rank;
            }
        }
        return NEVER;
    }

    @Override
    public int result(int rank) {
        return results[rank];
    }

    private boolean index(int rank) {
        if (rank(lefts[rank], rights[rank]) != NEVER) {
            return false;
        }
        int slot = slot(lefts[rank], rights[rank]);
        while (slots[slot] >= 0) {
            slot = slot + 1 & slots.length - 1;
        }
        slots[slot] = rank;
        return true;
    }

    private int slot(int left, int right) {
        int mixed = (left * 0x01000193 ^ right) * 0x9E3779B9;
        return (mixed ^ mixed >>> 15) & slots.length - 1;
    }

    private static EngineException bad(String place, String what) {
        return new EngineException(ErrorCode.BAD_MODEL, place + ": " + what);
    }
}
