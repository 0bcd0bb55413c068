package dev.qyclone.engine.sampler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.Iterator;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The distributions against Hugging Face's processors: tools/golden/sampling.py made the file, and says how. */
class SamplerOracleTest {
    /** Hugging Face computes in float: logits near 30 at temperature 0.25 carry an absolute error near 1e-5. */
    private static final double RELATIVE = 5e-5;

    record Case(SamplerSettings settings, float[] logits, int[] ids, int prompt, double[] probabilities, boolean borderTie, String kind) {
        @Override
        public String toString() {
            return kind + " " + settings;
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void keepsTheTokensAndTheProbabilitiesOfHuggingFace(Case expected) {
        double[] actual = new double[expected.logits.length];
        Candidates candidates = new SamplerChain(expected.settings)
                .distribution(expected.logits.clone(), expected.ids, expected.prompt, expected.ids.length);
        for (int i = 0; i < candidates.count(); i++) {
            actual[candidates.id(i)] = candidates.probability(i);
        }
        double[] wanted = expected.probabilities.clone();
        if (expected.borderTie) {
            Arrays.sort(wanted);
            Arrays.sort(actual);
        }
        for (int i = 0; i < wanted.length; i++) {
            assertEquals(wanted[i], actual[i], RELATIVE * wanted[i] + Float.MIN_NORMAL, "index " + i);
        }
    }

    @Test
    void theFileCoversEveryStepAndTies() throws IOException {
        assertTrue(cases().count() > 100);
        assertTrue(cases().anyMatch(Case::borderTie));
        assertTrue(cases().anyMatch(c -> c.settings.topK() > 0 && Arrays.stream(c.probabilities).filter(p -> p > 0).count()
                > c.settings.topK()), "no case in which ties survive top-k");
    }

    static Stream<Case> cases() throws IOException {
        try (InputStream in = SamplerOracleTest.class.getResourceAsStream("sampling-golden.json")) {
            Iterator<JsonNode> cases = new ObjectMapper().readTree(in).get("cases").elements();
            return StreamSupport.stream(((Iterable<JsonNode>) () -> cases).spliterator(), false).map(SamplerOracleTest::read);
        }
    }

    private static Case read(JsonNode node) {
        SamplerSettings settings = new SamplerSettings(
                node.get("temperature").doubleValue(), node.get("topK").intValue(), node.get("topP").doubleValue(),
                node.get("minP").doubleValue(), node.get("repetition").doubleValue(), node.get("presence").doubleValue(),
                node.get("frequency").doubleValue(), 0);
        double[] logits = doubles(node.get("logits"));
        float[] floats = new float[logits.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) logits[i];
        }
        int[] ids = Arrays.stream(doubles(node.get("ids"))).mapToInt(id -> (int) id).toArray();
        return new Case(settings, floats, ids, node.get("prompt").intValue(), doubles(node.get("probabilities")),
                node.get("borderTie").booleanValue(), node.get("kind").textValue());
    }

    private static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).doubleValue();
        }
        return values;
    }
}
