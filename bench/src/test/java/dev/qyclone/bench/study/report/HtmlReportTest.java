package dev.qyclone.bench.study.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.RunFacts;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySamples;
import dev.qyclone.bench.study.StudySettings;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class HtmlReportTest {
    private static final Pattern OUTSIDE = Pattern.compile("https?:|\\bsrc=|url\\(|@import|<script|<iframe|<object");

    @Test
    void thePageNeedsNothingElse() {
        String page = HtmlReport.text(StudySamples.of("a"));
        assertFalse(OUTSIDE.matcher(page).find());
        assertEquals(List.of("href=\"data:,\""), Pattern.compile("href=\"[^\"]*\"").matcher(page).results().map(hit ->
                hit.group()).toList());
    }

    @Test
    void everyCellIsThereWithItsReason() {
        Study study = StudySamples.of("a");
        String page = HtmlReport.text(study);
        for (Cell cell : study.cells()) {
            assertTrue(page.contains(Markup.escaped(cell.target().place())), cell.name());
            assertTrue(page.contains(Markup.escaped(cell.reason())), cell.reason());
            assertTrue(page.contains(Markup.escaped(cell.note())), cell.note());
        }
        assertTrue(page.contains("4 of 8 cells were measured."));
        assertTrue(page.contains("ended before it was through"));
        assertTrue(page.contains("prompt 2, step 3: 9 for 17, which the reference prefers by 0.25") || page.contains("prefers by 2.5e-1"));
    }

    @Test
    void whatAMachineSaysOfItselfIsNoMarkup() {
        String page = HtmlReport.text(StudySamples.of("<script>alert(1)</script>&\"x"));
        assertFalse(page.contains("<script"));
        assertTrue(page.contains("&lt;script&gt;alert(1)&lt;/script&gt;&amp;&quot;x"));
        assertTrue(page.contains("A processor, &quot;fast&quot;"));
        assertTrue(page.contains("Device &lt;gpu:0&gt;"));
    }

    @Test
    void severalRunsAreToldApartInEveryChart() {
        Study merged = Study.merged(List.of(StudySamples.of("left"), StudySamples.of("right")));
        List<String> names = ReportRow.of(merged).stream().map(ReportRow::name).toList();
        assertEquals(names.size(), names.stream().distinct().count());
        assertTrue(HtmlReport.text(merged).contains("cpu, 256-bit vectors, Q8_0 · right"));
    }

    @Test
    void unlikeRunsAreToldAndNamedAndNeverComparedWithEachOther() {
        Study alike = Study.merged(List.of(StudySamples.of("left"), StudySamples.of("right")));
        assertFalse(HtmlReport.text(alike).contains("The runs differ"));
        String page = HtmlReport.text(Study.merged(List.of(StudySamples.of("left"), StudySamples.ofAnotherModel("right"))));
        assertTrue(page.contains("The runs differ in their models: model.gguf on left; large &lt;7B&gt;.gguf on right."));
        assertTrue(page.contains("The runs differ in their tests: pp32 and tg16 on left; pp128 and tg32 on right."));
        assertTrue(page.contains("The runs differ in their threads on the host: 2 on left; 8 on right."));
        assertTrue(page.contains("With model.gguf decode was fastest on <b>gpu:0, context kernels, Q8_0 · model.gguf · left</b>"));
        assertTrue(page.contains(
                "With large &lt;7B&gt;.gguf decode was fastest on <b>gpu:0, context kernels, Q8_0 · large &lt;7B&gt;.gguf · right</b>"));
    }

    @Test
    void timesOfWrongResultsAreInNoChartAndThoseOfHalfAMeasurementAreMarked() {
        Study study = StudySamples.of("a");
        List<Cell> cells = study.cells();
        Cell right = cells.get(2);
        Cell broken = new Cell("a", right.target(), right.storedAs(), Status.FAILED, "it broke down", right.devices(), right.placement(),
                right.parity(), null, right.prefill(), right.decode(), right.firstToken(), null, right.roofline(), right.layers(),
                right.caches(), "", "");
        Study both = Study.of(study.runs(), List.of(cells.getFirst(), cells.get(4), broken));
        assertEquals(Status.WRONG, both.cells().get(1).status());
        List<ReportRow> rows = ReportRow.of(both);
        String wrong = rows.get(1).name();
        String marked = rows.get(2).name() + " (failed)";
        for (String chart : List.of(BarChart.of("Decode", "", rows, row -> row.cell().decode()), FirstTokenChart.of(rows),
                RooflinePlot.of(both, rows), LayerChart.of(rows))) {
            assertFalse(chart.contains(wrong), chart);
            assertTrue(chart.contains(marked), chart);
        }
        String table = SummaryTable.of(both, rows);
        assertEquals(2, table.split("<td class=\"n\" data-title=\"Decode tokens/s\">", -1).length - 1, "of rows that are right");
        assertTrue(table.contains(wrong), "the row is there all the same");
    }

    /** Of 885 ms: 515 before the opening's 70, of which 40 and 10 are told apart, then 300, of which 100 are told apart. */
    @Test
    void compilationAndUploadHaveTheirOwnPiecesOfABar() {
        Study study = StudySamples.of("a");
        String page = FirstTokenChart.of(ReportRow.of(study).stream().filter(row -> row.cell().target().vectorBits() == 0).toList());
        for (String piece : List.of("x=\"58.19%\" width=\"4.52%\" height=\"100%\" fill=\"#cc79a7\"",
                "x=\"62.71%\" width=\"1.13%\" height=\"100%\" fill=\"#009e73\"",
                "x=\"63.84%\" width=\"2.26%\" height=\"100%\" fill=\"#b84a00\"",
                "x=\"66.10%\" width=\"11.30%\" height=\"100%\" fill=\"#cc79a7\"",
                "x=\"77.40%\" width=\"22.60%\" height=\"100%\" fill=\"#0072b2\"")) {
            assertTrue(page.contains(piece), piece);
        }
        assertTrue(page.contains("data-title=\"JVM's JIT, beside\">1.00 s</td>"), page);
        List<String> legend = List.of("compile</span>", "upload</span>");
        assertTrue(legend.stream().allMatch(page::contains));
        String host = FirstTokenChart.of(ReportRow.of(study).stream().filter(row ->
                row.cell().target().devices().equals(List.of("cpu"))).toList());
        assertTrue(legend.stream().noneMatch(host::contains));
        assertTrue(host.contains("x=\"58.19%\" width=\"7.91%\" height=\"100%\" fill=\"#b84a00\""), host);
    }

    @Test
    void thePageSaysWhereCellsWereOpenedTwoAtATime() {
        Study study = StudySamples.of("a");
        assertFalse(HtmlReport.text(study).contains("two cells at a time"));
        RunFacts run = study.runs().getFirst();
        StudySettings s = run.settings();
        RunFacts look = new RunFacts(run.label(), run.complete(), run.began(), run.ended(), run.model(), run.modelType(), run.modelBytes(),
                run.parameters(), new StudySettings(s.prefillIds(), s.decodeIds(), 1, s.warmUpSeconds(), s.cellSeconds(),
                s.layerSeconds(), s.parityPrompts(), s.paritySteps(), s.threads()), run.environment(), run.limits());
        assertTrue(HtmlReport.text(Study.of(List.of(look), study.cells())).contains("two cells at a time"));
    }

    @Test
    void aStudyWithoutAnyFigureIsAPageToo() {
        Study study = StudySamples.of("a");
        Study bare = Study.of(study.runs(), study.cells().stream().filter(cell -> cell.prefill() == null).toList());
        assertTrue(HtmlReport.text(bare).contains("0 of 3 cells were measured."));
    }
}
