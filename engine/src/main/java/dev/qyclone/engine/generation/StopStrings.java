package dev.qyclone.engine.generation;

import java.util.List;

/**
 * Finds the first stop string in a text that comes in pieces, and lets pass what cannot belong to one. The outcome does not
 * depend on where the pieces are cut: the stop string that is complete first counts, the longest of those that end together.
 */
final class StopStrings {
    private final String[] stops; // none empty
    private final StringBuilder held = new StringBuilder(); // between calls: the longest end of the text that begins a stop string
    private boolean found;

    StopStrings(List<String> stops) {
        this.stops = stops.toArray(String[]::new);
    }

    /** True once a stop string was complete; nothing passes any more. */
    boolean found() {
        return found;
    }

    /** Adds a piece and returns the text that may be shown now. */
    String add(String piece) {
        if (found) {
            return "";
        }
        int scanned = held.length();
        held.append(piece);
        for (int end = scanned + 1; end <= held.length(); end++) {
            int length = longestStopEndingAt(end);
            if (length > 0) {
                found = true;
                return take(end - length, held.length());
            }
        }
        int pass = held.length() - longestBeginning();
        if (scanned == 0 && pass == held.length()) {
            held.setLength(0);
            return piece; // nearly always: no copy is made then
        }
        return take(pass, pass);
    }

    /** Ends the text: what was held back is no stop string after all. */
    String finish() {
        return take(held.length(), held.length());
    }

    private String take(int shown, int removed) {
        String text = held.substring(0, shown);
        held.delete(0, removed);
        return text;
    }

    private int longestStopEndingAt(int end) {
        int longest = 0;
        for (String stop : stops) {
            if (stop.length() > longest && endsWith(stop, stop.length(), end)) {
                longest = stop.length();
            }
        }
        return longest;
    }

    /** Length of the longest end of the held text that is the beginning of a stop string, but not a whole one. */
    private int longestBeginning() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (endsWith(stop, length, held.length())) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    /** True if the first {@code length} chars of {@code stop} stand in the held text right before {@code end}. */
    private boolean endsWith(String stop, int length, int end) {
        if (length > end) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (held.charAt(end - length + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
