package dev.qyclone.cli;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Rows under headings in columns that line up, with lines of text between them, no wider than a terminal where that can be. */
final class TextTable {
    private static final int LINE = 100;
    private static final String GAP = "  ";

    private final String[] headings;
    private final boolean[] right;
    private final List<Object> lines = new ArrayList<>();

    /** @param headings of the columns; one that begins with {@code >} stands over numbers, which align to the right */
    TextTable(String... headings) {
        this.headings = Arrays.stream(headings).map(heading -> heading.startsWith(">") ? heading.substring(1) : heading)
                .toArray(String[]::new);
        this.right = new boolean[headings.length];
        for (int i = 0; i < headings.length; i++) {
            right[i] = headings[i].startsWith(">");
        }
    }

    void row(String... cells) {
        if (cells.length != headings.length) {
            throw new IllegalArgumentException(cells.length + " cells under " + headings.length + " headings");
        }
        lines.add(cells);
    }

    /** Text below the last row, broken between words. */
    void note(String text) {
        lines.add(wrapped(text, "    "));
    }

    /** Lines that begin with {@code indent}, each with its line end. */
    static String wrapped(String text, String indent) {
        StringBuilder all = new StringBuilder();
        StringBuilder line = new StringBuilder(indent);
        for (String word : text.strip().split("\\s+")) {
            if (line.length() > indent.length() && line.length() + 1 + word.length() > LINE) {
                all.append(line).append('\n');
                line = new StringBuilder(indent);
            }
            line.append(line.length() > indent.length() ? " " : "").append(word);
        }
        return all.append(line).append('\n').toString();
    }

    @Override
    public String toString() {
        int[] widths = Arrays.stream(headings).mapToInt(String::length).toArray();
        for (Object line : lines) {
            if (line instanceof String[] cells) {
                for (int i = 0; i < cells.length; i++) {
                    widths[i] = Math.max(widths[i], cells[i].length());
                }
            }
        }
        StringBuilder text = new StringBuilder(laidOut(headings, widths));
        for (Object line : lines) {
            text.append(line instanceof String[] cells ? laidOut(cells, widths) : line);
        }
        return text.toString();
    }

    private String laidOut(String[] cells, int[] widths) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < cells.length; i++) {
            String padding = " ".repeat(widths[i] - cells[i].length());
            line.append(i == 0 ? "" : GAP).append(right[i] ? padding + cells[i] : cells[i] + padding);
        }
        return line.toString().stripTrailing() + "\n";
    }
}
