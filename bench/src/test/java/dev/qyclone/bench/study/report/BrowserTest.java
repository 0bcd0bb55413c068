package dev.qyclone.bench.study.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySamples;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in Chromium, without a window: what a reader sees is measured there. Skips where there is no Chromium. */
class BrowserTest {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final long PATIENCE_SECONDS = 120;
    private static final String PAGE = "/report.html";
    private static final String FRAME = "/frame.html";
    /** Chromium opens no window as narrow as a phone. */
    private static final int NARROWEST = 500;
    /** Says what is drawn, in the place of the page; only the copy that is looked at here has it. */
    private static final String LOOK = """
            <script>
            console.error("the console is heard");
            window.addEventListener("load", () => {
            const charts = [...document.querySelectorAll("svg.chart")].filter(svg => svg.getBoundingClientRect().height > 0);
            const drawn = charts.map(svg => [...svg.querySelectorAll("rect, circle, path")].filter(shape => {
              const box = shape.getBoundingClientRect();
              return box.width + box.height > 0.5;
            }).length);
            const wide = [...document.querySelectorAll("body *")].filter(element => !element.closest(".scroll, svg")
              && element.getBoundingClientRect().right > document.documentElement.clientWidth + 1)
              .map(element => element.outerHTML.slice(0, 90));
            const small = [...document.querySelectorAll("svg.chart text")].map(text => text.getBoundingClientRect().height)
              .filter(height => height > 0 && height < 10).length;
            const seen = {drawn, wide, small, width: document.documentElement.clientWidth,
              plots: [...document.querySelectorAll(".roofline svg")].filter(svg => svg.getBoundingClientRect().height > 0).length};
            window.top.document.body.innerHTML = "<pre id=seen>" + JSON.stringify(seen).replaceAll("<", " ") + "</pre>";
            });
            </script>
            """;

    @TempDir
    private static Path folder;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    /** Whether there is a Chromium that works is found out once: after that a page that is not shown is a page's fault. */
    @BeforeAll
    static void requireABrowserThatShowsAPage() throws IOException, InterruptedException {
        Process process = chromium("--dump-dom", "data:text/html,<p id=shown>a page</p>");
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        Assumptions.assumeTrue(ended && Files.readString(folder.resolve("dom.html")).contains("<p id=\"shown\">a page</p>"),
                () -> "chromium cannot show a page here: " + lastLine(folder.resolve("log.txt")));
    }

    private static Path chromium() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(":")).flatMap(place -> NAMES.stream().map(name -> Path.of(place, name))).filter(Files::isExecutable)
                .findFirst().orElseGet(() -> Assumptions.abort("no chromium on the PATH: the page was not opened in a browser"));
    }

    /** Starts it; what it prints goes into {@code dom.html} and {@code log.txt}. */
    private static Process chromium(String... more) throws IOException {
        List<String> command = new ArrayList<>(List.of(chromium().toString(), "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=" + Files.createTempDirectory(folder, "profile"), "--enable-logging=stderr"));
        command.addAll(List.of(more));
        return new ProcessBuilder(command).redirectOutput(folder.resolve("dom.html").toFile())
                .redirectError(folder.resolve("log.txt").toFile()).start();
    }

    /** Serves pages and nothing else to the browser, and writes down what that asks for. */
    private void visit(Map<String, String> pages, String first, String... options) throws IOException, InterruptedException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            String page = pages.get(exchange.getRequestURI().getPath());
            byte[] bytes = page == null ? new byte[0] : page.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(page == null ? 404 : 200, page == null ? -1 : bytes.length);
            if (page != null) {
                exchange.getResponseBody().write(bytes);
            }
            exchange.close();
        });
        server.start();
        try {
            String address = "http://127.0.0.1:" + server.getAddress().getPort() + first;
            Process process = chromium(Stream.concat(Stream.of(options), Stream.of(address)).toArray(String[]::new));
            boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
            process.destroyForcibly();
            assertTrue(ended, "chromium did not end within " + PATIENCE_SECONDS + " s");
        } finally {
            server.stop(0);
        }
    }

    /**
     * Looks at a page.
     *
     * @param width of what the reader sees, in pixels; a frame in a window where no window is as narrow
     * @return what {@link #LOOK} found
     */
    private JsonNode open(String page, int width) throws IOException, InterruptedException {
        String frame = "<!doctype html><link rel=\"icon\" href=\"data:,\"><body><iframe src=\"" + PAGE + "\" width=\"" + width
                + "\" height=\"2000\" style=\"border: 0\"></iframe></body>";
        visit(Map.of(PAGE, page.replace("</body>", LOOK + "</body>"), FRAME, frame), width < NARROWEST ? FRAME : PAGE,
                "--window-size=" + Math.max(NARROWEST, width) + ",2000", "--dump-dom");
        Matcher seen = Pattern.compile("<pre id=\"seen\">(.*?)</pre>", Pattern.DOTALL)
                .matcher(Files.readString(folder.resolve("dom.html")));
        assertTrue(seen.find(), () -> "the page is not shown: " + lastLine(folder.resolve("log.txt")));
        return new ObjectMapper().readTree(seen.group(1).replace("&amp;", "&").replace("&gt;", ">"));
    }

    private static String lastLine(Path log) {
        try {
            return Files.readAllLines(log).stream().reduce((before, after) -> after).orElse("it says nothing");
        } catch (IOException e) {
            return e.toString();
        }
    }

    private List<String> console() throws IOException {
        return Files.readAllLines(folder.resolve("log.txt")).stream().filter(line -> line.contains("CONSOLE")).toList();
    }

    @ParameterizedTest
    @ValueSource(ints = {1200, 500, 390})
    void chartsAreDrawnAndNothingIsAskedForAndNothingSticksOut(int width) throws IOException, InterruptedException {
        Study study = Study.merged(List.of(StudySamples.of("left"), StudySamples.of("right")));
        JsonNode found = open(HtmlReport.text(study), width);
        // Decode, prefill and first-token bars of eight cells that are right, a plot, and the layers of eight cells.
        assertEquals(3 * 8 + 1 + 8, found.get("drawn").size(), found.toString());
        found.get("drawn").forEach(shapes -> assertTrue(shapes.asInt() > 0, found.toString()));
        assertEquals(width, found.get("width").asInt(), 20, "less a scroll bar");
        assertEquals(1, found.get("plots").asInt(), "one of the two sizes of the plot");
        assertEquals("[]", found.get("wide").toString(), "what sticks out at the right of " + width);
        assertEquals(0, found.get("small").asInt(), "texts that are too small to read");
        assertEquals(width < NARROWEST ? List.of(FRAME, PAGE) : List.of(PAGE), asked);
        assertEquals(1, console().size(), console().toString());
        assertTrue(console().getFirst().contains("the console is heard"), console().toString());
    }

    /** On A4 sideways, as the style sheet has it: the PDF's objects say the size and the number of pages in plain text. */
    @Test
    void thePageIsPrintedOnPaper() throws IOException, InterruptedException {
        Path pdf = folder.resolve("report.pdf");
        Study study = Study.merged(List.of(StudySamples.of("left"), StudySamples.of("right")));
        visit(Map.of(PAGE, HtmlReport.text(study)), PAGE, "--no-pdf-header-footer", "--print-to-pdf=" + pdf);
        assertTrue(Files.exists(pdf), () -> "nothing was printed: " + lastLine(folder.resolve("log.txt")));
        String printed = Files.readString(pdf, StandardCharsets.ISO_8859_1);
        assertTrue(printed.startsWith("%PDF-"), printed.substring(0, 20));
        List<MatchResult> sheets = Pattern.compile("/MediaBox\\s*\\[0 0 ([\\d.]+) ([\\d.]+)\\]").matcher(printed).results().toList();
        assertTrue(!sheets.isEmpty(), "no page");
        for (MatchResult sheet : sheets) {
            assertEquals(297, Double.parseDouble(sheet.group(1)) / 72 * 25.4, 1, "millimetres");
            assertEquals(210, Double.parseDouble(sheet.group(2)) / 72 * 25.4, 1, "millimetres");
        }
    }

    /** So that the silence above means something. */
    @Test
    void whatAPageAsksForIsSeen() throws IOException, InterruptedException {
        JsonNode found = open("<!doctype html><body><img src=\"absent.png\"><p style=\"width: 3000px\">wide</p></body>", 1200);
        assertEquals(List.of(PAGE, "/absent.png"), asked.stream().filter(path -> !path.equals("/favicon.ico")).toList());
        assertTrue(found.get("wide").toString().contains("3000px"), found.toString());
    }
}
