package dev.qyclone.bench;

import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.RopeScaling;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Writes the picture of docs/long-context.md: what the attention policies of the engine, not formulas typed anew, do to
 * frequencies, queries and distances.
 *
 * <pre>java -cp cli/target/qyclone.jar dev.qyclone.bench.LongContextPlot docs/images/long-context.svg</pre>
 */
public final class LongContextPlot {
    private static final int WIDTH = 470;
    private static final int HEIGHT = 330;
    private static final int POINTS = 200;
    private static final int QUERY = 100_000;
    private static final int DISTANCE_STEP = 200;

    private LongContextPlot() {
    }

    public static void main(String[] args) throws IOException {
        Files.writeString(Path.of(args[0]), svg());
    }

    /** The whole picture. */
    static String svg() {
        StringBuilder svg = new StringBuilder();
        svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" ".formatted(2 * WIDTH, 2 * HEIGHT));
        svg.append("font-family=\"sans-serif\" font-size=\"12\" fill=\"#222222\">\n");
        svg.append("<rect width=\"100%\" height=\"100%\" fill=\"#ffffff\"/>\n");
        dynamicNtk().draw(svg, 0, 0, WIDTH, HEIGHT);
        yarn().draw(svg, WIDTH, 0, WIDTH, HEIGHT);
        logN().draw(svg, 0, HEIGHT, WIDTH, HEIGHT);
        distances().draw(svg, WIDTH, HEIGHT, WIDTH, HEIGHT);
        return svg.append("</svg>\n").toString();
    }

    private static SvgChart dynamicNtk() {
        AttentionPolicies policies = new AttentionPolicies(PublishedShape.QWEN_7B.config());
        SvgChart chart = new SvgChart("Dynamic NTK: Qwen-7B, S = 8192", pairs(64), wavelengths(1e6));
        for (int times : new int[] {1, 2, 4}) {
            AttentionPolicy policy = policies.forPrompt(times * 8192).getFirst();
            chart.line(times == 1 ? "prompt up to S" : "prompt of " + times + " S", pairNumbers(64), wavelengths(policy));
        }
        return chart;
    }

    private static SvgChart yarn() {
        ModelConfig plain = PublishedShape.QWEN2_7B.config();
        AttentionPolicy stretched = policy(plain.withAttention(
                new AttentionConfig(RopeScaling.Yarn.of(4, plain.context()), 0, DualChunk.NONE, List.of())));
        return new SvgChart("YaRN: Qwen2.5-7B, 32768 × 4", pairs(64), wavelengths(1e8))
                .line("plain", pairNumbers(64), wavelengths(policy(plain)))
                .line("YaRN, factor 4", pairNumbers(64), wavelengths(stretched))
                .level("32768 positions", plain.context());
    }

    private static SvgChart logN() {
        SvgChart chart = new SvgChart("LogN: Qwen1", new SvgChart.Axis("position of the query", 0, 32_767, false),
                new SvgChart.Axis("what the query is multiplied with", 1, 1.5, false));
        for (int length : new int[] {2048, 8192}) {
            AttentionConfig attention = new AttentionConfig(new RopeScaling.None(), length, DualChunk.NONE, List.of());
            AttentionPolicy policy = policy(PublishedShape.QWEN_7B.config().withAttention(attention));
            double[] positions = steps(32_766);
            chart.line("S = " + length, positions, Arrays.stream(positions).map(p -> policy.queryScale().at((int) p)).toArray());
        }
        return chart;
    }

    private static SvgChart distances() {
        AttentionConfig chunked = new AttentionConfig(new RopeScaling.None(), 0, new DualChunk(32_768, 8192, 0, false), List.of());
        AttentionConfig windowed = new AttentionConfig(
                new RopeScaling.None(), 0, DualChunk.NONE, Collections.nCopies(PublishedShape.QWEN2_7B.config().layers(), 16_384));
        SvgChart chart = new SvgChart("Distances: a query at position " + QUERY,
                new SvgChart.Axis("true distance of the key", 0, QUERY, false),
                new SvgChart.Axis("distance that the query sees", 0, QUERY, false));
        draw(chart, "plain", AttentionConfig.PLAIN);
        draw(chart, "dual chunks of 32768, 8192 local", chunked);
        draw(chart, "a window of 16384", windowed);
        return chart;
    }

    private static void draw(SvgChart chart, String name, AttentionConfig attention) {
        AttentionPolicy policy = policy(PublishedShape.QWEN2_7B.config().withAttention(attention));
        List<double[]> points = new ArrayList<>();
        double last = 0;
        for (int distance = 0; policy.firstVisible(QUERY) <= QUERY - distance; distance += DISTANCE_STEP) {
            int key = QUERY - distance;
            double seen = policy.queryPosition(QUERY, policy.turnFor(QUERY, key)) - policy.keyPosition(key);
            if (seen < last) {
                points.add(new double[] {distance, Double.NaN});
            }
            points.add(new double[] {distance, seen});
            last = seen;
        }
        chart.line(name, points.stream().mapToDouble(point -> point[0]).toArray(),
                points.stream().mapToDouble(point -> point[1]).toArray());
    }

    private static AttentionPolicy policy(ModelConfig config) {
        return new AttentionPolicies(config).forPrompt(1).getFirst();
    }

    private static SvgChart.Axis pairs(int count) {
        return new SvgChart.Axis("pair of a head's elements", 0, count - 1, false);
    }

    private static SvgChart.Axis wavelengths(double longest) {
        return new SvgChart.Axis("positions in a full turn", 1, longest, true);
    }

    private static double[] pairNumbers(int count) {
        return IntStream.range(0, count).asDoubleStream().toArray();
    }

    private static double[] wavelengths(AttentionPolicy policy) {
        float[] frequencies = policy.rope().frequencies();
        return IntStream.range(0, frequencies.length).mapToDouble(i -> 2 * Math.PI / frequencies[i]).toArray();
    }

    private static double[] steps(int last) {
        return IntStream.rangeClosed(0, POINTS).mapToDouble(i -> Math.rint((double) last * i / POINTS)).toArray();
    }
}
