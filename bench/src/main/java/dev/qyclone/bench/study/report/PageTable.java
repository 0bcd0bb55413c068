package dev.qyclone.bench.study.report;

import java.util.ArrayList;
import java.util.List;

/**
 * A table with titles; one that begins with {@code >} is of a column of numbers. On a narrow screen each row becomes a block of its own,
 * with the titles beside the values.
 */
final class PageTable {
    private final String kind;
    private final List<String> titles = new ArrayList<>();
    private final List<Boolean> numbers = new ArrayList<>();
    private final StringBuilder body = new StringBuilder();

    /** @param kind for the style sheet */
    PageTable(String kind, String... titles) {
        this.kind = kind;
        for (String title : titles) {
            numbers.add(title.startsWith(">"));
            this.titles.add(title.startsWith(">") ? title.substring(1) : title);
        }
    }

    /** A row of cells that are HTML already. */
    void row(String... cells) {
        body.append("<tr>");
        for (int i = 0; i < cells.length; i++) {
            String empty = cells[i].isEmpty() ? " empty" : "";
            body.append("<td class=\"").append(numbers.get(i) ? "n" : "t").append(empty).append("\" data-title=\"")
                    .append(Markup.escaped(titles.get(i))).append("\">").append(cells[i]).append("</td>");
        }
        body.append("</tr>\n");
    }

    /** A line across the whole table, under the row before. */
    void note(String html) {
        body.append("<tr class=\"note\"><td colspan=\"").append(titles.size()).append("\">").append(html).append("</td></tr>\n");
    }

    String html() {
        StringBuilder html = new StringBuilder("<div class=\"scroll\"><table class=\"").append(kind).append("\">\n<thead><tr>");
        for (int i = 0; i < titles.size(); i++) {
            html.append("<th scope=\"col\"").append(numbers.get(i) ? " class=\"n\"" : "").append('>')
                    .append(Markup.escaped(titles.get(i))).append("</th>");
        }
        return html.append("</tr></thead>\n<tbody>\n").append(body).append("</tbody></table></div>\n").toString();
    }
}
