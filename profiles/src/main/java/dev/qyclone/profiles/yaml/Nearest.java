package dev.qyclone.profiles.yaml;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** The word that somebody probably meant. */
public final class Nearest {
    private Nearest() {
    }

    /** The known word with the fewest changed letters, if no more than a third of the letters are changed; capitals count as small ones. */
    public static Optional<String> to(String word, Collection<String> known) {
        String small = word.toLowerCase(Locale.ROOT);
        return known.stream().min(Comparator.comparingInt(other -> distance(small, other)))
                .filter(other -> distance(small, other) <= Math.max(1, Math.max(word.length(), other.length()) / 3));
    }

    /** Letters to insert, drop, change, or swap with their neighbour (optimal string alignment). */
    static int distance(String one, String other) {
        int[][] changes = new int[one.length() + 1][other.length() + 1];
        for (int i = 0; i <= one.length(); i++) {
            for (int j = 0; j <= other.length(); j++) {
                changes[i][j] = i == 0 || j == 0 ? i + j : step(changes, one, other, i, j);
            }
        }
        return changes[one.length()][other.length()];
    }

    private static int step(int[][] changes, String one, String other, int i, int j) {
        int same = one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1;
        int fewest = Math.min(changes[i - 1][j - 1] + same, 1 + Math.min(changes[i - 1][j], changes[i][j - 1]));
        boolean swapped = i > 1 && j > 1 && one.charAt(i - 1) == other.charAt(j - 2) && one.charAt(i - 2) == other.charAt(j - 1);
        return swapped ? Math.min(fewest, changes[i - 2][j - 2] + 1) : fewest;
    }
}
