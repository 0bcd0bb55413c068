package dev.qyclone.bench.study.report;

import dev.qyclone.bench.study.RunDifferences;
import dev.qyclone.bench.study.RunFacts;
import dev.qyclone.bench.study.Study;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;

/** The page. It has no script and asks for nothing: what it shows is in it. */
public final class HtmlReport {
    private HtmlReport() {
    }

    /** All of {@code report.html}. */
    public static String text(Study study) {
        List<ReportRow> rows = ReportRow.of(study);
        String models = study.runs().stream().map(run -> run.model() + " (" + run.modelType() + ")").distinct()
                .collect(Collectors.joining(", "));
        String machines = study.runs().stream().map(HtmlReport::machine).collect(Collectors.joining("; "));
        String tests = study.runs().stream().map(run -> "pp" + run.settings().prefillIds() + " and tg"
                + run.settings().decodeIds()).distinct()
                .collect(Collectors.joining(", "));
        return "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<title>Portability study: " + Markup.escaped(models) + "</title>\n<link rel=\"icon\" href=\"data:,\">\n<style>\n"
                + style() + "</style>\n</head>\n<body>\n<header>\n<h1>Portability study</h1>\n<p>"
                + Markup.escaped(models) + " on " + Markup.escaped(machines) + "; tests " + Markup.escaped(tests)
                        + ".</p>\n</header>\n<main>\n"
                + warning(study)
                + section("Summary", "", SummaryTable.of(study, rows))
                + section("Speed", "", BarChart.legend(rows) + "<div class=\"pair\">"
                + BarChart.of("Decode", "tokens per second, one after the other", rows, row -> row.cell().decode())
                + BarChart.of("Prefill", "tokens per second, a whole prompt at once", rows, row -> row.cell().prefill()) + "</div>\n")
                + section("First token", openedTogether(study), FirstTokenChart.of(rows))
                + section("Roofline", "Discs are decode, squares prefill; numbers are rows of the table above. A point on its device's"
                + " roof uses all that the device can read or compute. Models that fit into a cache can lie above it.",
                RooflinePlot.of(study, rows))
                + section("Layers", "What each layer takes for one token as a stage of its own, and last the output matrix. Each picture"
                + " has its own scale. Pale bars were not timed: they repeat a layer of the same kind. Lighter bars of a split are on its"
                + " first device.", LayerChart.of(rows))
                + section("Parity", "Logits against those of the plain reference on the same weights, after the same prompts and ids."
                + " KL is the Kullback-Leibler divergence of the next token's distribution, in nats.", ParityTable.of(rows))
                + section("Details", "", DetailsTable.of(rows))
                + section("Environment", "", EnvironmentSection.of(study))
                + "</main>\n<footer><p>Made by <code>qyclone study</code>; docs/portability.md says what each number means. The figures"
                + " are in study.json and study.csv beside this page.</p></footer>\n</body>\n</html>\n";
    }

    private static String openedTogether(Study study) {
        return study.runs().stream().noneMatch(run -> run.settings().openedAtOnce() > 1) ? ""
                : "A study of one round opens two cells at a time: these times are longer than those of a study of several.";
    }

    private static String machine(RunFacts run) {
        return run.label() + " (" + run.environment().processor() + ", " + run.began().substring(0, Math.min(10, run.began().length()))
                + ")";
    }

    private static String warning(Study study) {
        List<String> unlike = new RunDifferences(study).sentences();
        return (study.complete() ? "" : "<p class=\"warning\">This study was ended before it was through: cells that are marked incomplete"
                + " lack figures.</p>\n") + (unlike.isEmpty() ? "" : "<p class=\"warning\">" + Markup.escaped(String.join(" ", unlike))
                + " Figures of runs that differ so are no comparison of their machines.</p>\n");
    }

    private static String section(String title, String explanation, String content) {
        return content.isEmpty() ? "" : "<section>\n<h2>" + title + "</h2>\n"
                + (explanation.isEmpty() ? "" : "<p class=\"explain\">" + explanation + "</p>\n") + content + "</section>\n";
    }

    private static String style() {
        try (InputStream stream = HtmlReport.class.getResourceAsStream("report.css")) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
