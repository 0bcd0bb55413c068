package dev.qyclone.engine.tokens;

import java.util.HashMap;
import java.util.Map;

/** Finds special tokens in raw text: the leftmost first, the longest of those that start there. Immutable. */
final class SpecialMatcher {
    /** {@code text[start .. end)} is the special {@code id}. */
    record Match(int start, int end, int id) {
    }

    /** A prefix of some specials, and the id of the special that ends here. */
    private static final class Node {
        private final Map<Character, Node> children = new HashMap<>();
        private int id = Vocabulary.NONE;
    }

    private final Node root = new Node();

    SpecialMatcher(Map<String, Integer> specials) {
        specials.forEach((text, id) -> {
            Node node = root;
            for (int i = 0; i < text.length(); i++) {
                node = node.children.computeIfAbsent(text.charAt(i), c -> new Node());
            }
            node.id = id;
        });
    }

    /** The first special at or after {@code from}, or null. */
    Match find(String text, int from) {
        for (int start = from; start < text.length(); start++) {
            Node node = root;
            Match longest = null;
            for (int i = start; i < text.length() && (node = node.children.get(text.charAt(i))) != null; i++) {
                if (node.id != Vocabulary.NONE) {
                    longest = new Match(start, i + 1, node.id);
                }
            }
            if (longest != null) {
                return longest;
            }
        }
        return null;
    }
}
