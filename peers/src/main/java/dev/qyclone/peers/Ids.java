package dev.qyclone.peers;

import java.util.Arrays;

/** Prompts that the engines read as the same ids. */
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
     * @throws IllegalArgumentException if the two engines read it as different ids
     */
    static Prompt prompt(int ids, Qyclone ours, LlamaCpp theirs) {
        StringBuilder text = new StringBuilder();
        String[] words = TEXT.split("(?<= )");
        for (int i = 0; ours.encode(text.toString()).length < ids; i++) {
            text.append(words[i % words.length]);
        }
        return same(text.toString(), ours, theirs);
    }

    /** @throws IllegalArgumentException if the two engines read a text as different ids */
    static Prompt same(String text, Qyclone ours, LlamaCpp theirs) {
        int[] expected = ours.encode(text);
        int[] got = theirs.encode(text);
        if (!Arrays.equals(expected, got)) {
            throw new IllegalArgumentException(theirs.name() + " reads the prompt as " + got.length + " other ids than "
                    + ours.name() + " (" + expected.length + "): they would not do the same work");
        }
        return new Prompt(text, expected);
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
