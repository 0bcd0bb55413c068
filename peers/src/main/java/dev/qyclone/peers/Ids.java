package dev.qyclone.peers;

import java.util.Arrays;
import java.util.List;

/** Prompts that all engines read as the same ids. */
final class Ids {
    /** Grimm, in Margaret Hunt's translation of 1884. */
    private static final String TEXT = """
            In olden times when wishing still helped one, there lived a king whose daughters were all beautiful, \
            but the youngest was so beautiful that the sun itself, which has seen so much, was astonished \
            whenever it shone in her face.\s""";

    private Ids() {
    }

    /**
     * A text of so many ids, or the least above that a border of words allows.
     *
     * @throws IllegalArgumentException if two engines read it as different ids
     */
    static String prompt(int ids, List<Contestant> all) {
        StringBuilder text = new StringBuilder();
        String[] words = TEXT.split("(?<= )");
        for (int i = 0; all.getFirst().encode(text.toString()).length < ids; i++) {
            text.append(words[i % words.length]);
        }
        same(text.toString(), all);
        return text.toString();
    }

    /** @throws IllegalArgumentException if two engines read a text as different ids */
    static void same(String text, List<Contestant> all) {
        int[] expected = all.getFirst().encode(text);
        for (Contestant other : all) {
            int[] got = other.encode(text);
            if (!Arrays.equals(expected, got)) {
                throw new IllegalArgumentException(other.name() + " reads the prompt as " + got.length + " other ids than "
                        + all.getFirst().name() + " (" + expected.length + "): they would not do the same work");
            }
        }
    }

    /** The id of the largest logit. */
    static int largest(float[] logits) {
        int largest = 0;
        for (int i = 1; i < logits.length; i++) {
            largest = logits[i] > logits[largest] ? i : largest;
        }
        return largest;
    }
}
