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
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in Chromium, without a window: what a reader sees is measured there. Skips where there is no Chromium. */
class BrowserTest {
    private static final List<String> NAMES = List.of("chromium", "chromium-browser", "google-chrome");
    private static final long PATIENCE_SECONDS = 120;
    private static final String PAGE = "/report.html";
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
            const seen = {drawn, wide, small,
              plots: [...document.querySelectorAll(".roofline svg")].filter(svg => svg.getBoundingClientRect().height > 0).length};
            document.body.innerHTML = "<pre id=seen>" + JSON.stringify(seen).replaceAll("<", " ") + "</pre>";
            });
            </script>
            """;

    @TempDir
    private Path folder;
    private final List<String> asked = new CopyOnWriteArrayList<>();

    private static Path chromium() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(":")).flatMap(place -> NAMES.stream().map(name -> Path.of(place, name))).filter(Files::isExecutable)
                .findFirst().orElseGet(() -> Assumptions.abort("no chromium on the PATH: the page was not opened in a browser"));
    }

    /** Serves a page and nothing else to the browser, and writes down what that asks for. */
    private JsonNode open(String page, int width) throws IOException, InterruptedException {
        byte[] bytes = page.replace("</body>", LOOK + "</body>").getBytes(StandardCharsets.UTF_8);
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI().getPath());
            boolean known = exchange.getRequestURI().getPath().equals(PAGE);
            exchange.getResponseHeaders().add("Content-Type", "text/html; charset=utf-8");
            exchange.sendResponseHeaders(known ? 200 : 404, known ? bytes.length : -1);
            if (known) {
                exchange.getResponseBody().write(bytes);
            }
            exchange.close();
        });
        server.start();
        try {
            return look("http://127.0.0.1:" + server.getAddress().getPort() + PAGE, width);
        } finally {
            server.stop(0);
        }
    }

    /** @return what {@link #LOOK} found; the console goes into {@code log.txt} */
    private JsonNode look(String address, int width) throws IOException, InterruptedException {
        Path dom = folder.resolve("dom.html");
        Path log = folder.resolve("log.txt");
        Process process = new ProcessBuilder(chromium().toString(), "--headless=new", "--no-sandbox", "--disable-gpu",
                "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking", "--disable-component-update",
                "--user-data-dir=" + folder.resolve("profile"), "--enable-logging=stderr", "--window-size=" + width + ",2000",
                "--dump-dom", address).redirectOutput(dom.toFile()).redirectError(log.toFile()).start();
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        process.destroyForcibly();
        Assumptions.assumeTrue(ended, "chromium did not end within " + PATIENCE_SECONDS + " s");
        Matcher seen = Pattern.compile("<pre id=\"seen\">(.*?)</pre>", Pattern.DOTALL).matcher(Files.readString(dom));
        Assumptions.assumeTrue(seen.find(), () -> "chromium cannot show a page here: " + lastLine(log));
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
    @ValueSource(ints = {1200, 500})
    void chartsAreDrawnAndNothingIsAskedForAndNothingSticksOut(int width) throws IOException, InterruptedException {
        Study study = Study.merged(List.of(StudySamples.of("left"), StudySamples.of("right")));
        JsonNode found = open(HtmlReport.text(study), width);
        // Decode, prefill and first-token bars of eight cells that are right, a plot, and the layers of eight cells.
        assertEquals(3 * 8 + 1 + 8, found.get("drawn").size(), found.toString());
        found.get("drawn").forEach(shapes -> assertTrue(shapes.asInt() > 0, found.toString()));
        assertEquals(1, found.get("plots").asInt(), "one of the two sizes of the plot");
        assertEquals("[]", found.get("wide").toString(), "what sticks out at the right of " + width);
        assertEquals(0, found.get("small").asInt(), "texts that are too small to read");
        assertEquals(List.of(PAGE), asked);
        assertEquals(1, console().size(), console().toString());
        assertTrue(console().getFirst().contains("the console is heard"), console().toString());
    }

    /** So that the silence above means something. */
    @Test
    void whatAPageAsksForIsSeen() throws IOException, InterruptedException {
        JsonNode found = open("<!doctype html><body><img src=\"absent.png\"><p style=\"width: 3000px\">wide</p></body>", 1200);
        assertEquals(List.of(PAGE, "/absent.png"), asked.stream().filter(path -> !path.equals("/favicon.ico")).toList());
        assertTrue(found.get("wide").toString().contains("3000px"), found.toString());
    }
}
