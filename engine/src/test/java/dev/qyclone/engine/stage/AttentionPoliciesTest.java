package dev.qyclone.engine.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.model.Architecture;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.RopeScaling;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The numbers that attention lives on, against tables computed elsewhere (vectors/rope-numbers.json). */
class AttentionPoliciesTest {
    private static final double FLOAT_ROUNDING = 2e-7;

    @Test
    void yarnsFrequenciesAndMagnitude() throws IOException {
        for (JsonNode table : numbers("yarn")) {
            RopeScaling.Yarn yarn = RopeScaling.Yarn.of(table.get("factor").asDouble(), table.get("orig").asInt());
            RopeTable rope = RopeTable.yarn(table.get("rope_theta").asDouble(), table.get("head_dim").asInt(), yarn);
            JsonNode expected = table.get("inv_freq_float64");
            assertEquals(expected.size(), rope.pairs());
            for (int i = 0; i < rope.pairs(); i++) {
                double frequency = expected.get(i).asDouble();
                assertEquals(frequency, rope.frequencies()[i], frequency * FLOAT_ROUNDING, "pair " + i);
            }
            assertEquals(table.get("attention_factor").asDouble(), yarn.temperature(), 1e-12);
            assertEquals((float) yarn.temperature(), rope.covering(1).cos()[0]);
        }
    }

    @Test
    void yarnOfFactorOneIsPlain() {
        float[] plain = RopeTable.plain(1e6, 64).frequencies();
        assertArrayEquals(plain, RopeTable.yarn(1e6, 64, RopeScaling.Yarn.of(1, 4096)).frequencies(), (float) FLOAT_ROUNDING);
    }

    @Test
    void dynamicNtkFollowsThePromptsLength() throws IOException {
        for (JsonNode row : numbers("ntk")) {
            double alpha = AttentionPolicies.ntkAlpha(row.get("n").asInt(), row.get("seq_length").asInt());
            assertEquals(row.get("alpha").asDouble(), alpha, row.toString());
            double base = row.get("base_d128").asDouble();
            assertEquals(base, AttentionPolicies.ntkBase(10_000, 128, alpha), base * 1e-12, row.toString());
        }
    }

    @Test
    void promptsOfOneAlphaShareTheirPolicies() {
        AttentionPolicies policies = new AttentionPolicies(config(
                new AttentionConfig(new RopeScaling.DynamicNtk(32), 32, DualChunk.NONE, List.of())));
        assertSame(policies.forPrompt(1), policies.forPrompt(32));
        assertSame(policies.forPrompt(33), policies.forPrompt(64));
        assertTrue(policies.forPrompt(33) != policies.forPrompt(32));
    }

    @Test
    void logNGrowsFromTheTrainedLengthOn() throws IOException {
        for (JsonNode row : numbers("logn")) {
            float scale = PositionScale.logN(row.get("seq_length").asInt()).at(row.get("position0").asInt());
            assertEquals(row.get("scale").asDouble(), scale, FLOAT_ROUNDING, row.toString());
        }
        assertEquals(1f, PositionScale.none().at(100_000));
    }

    @Test
    void aWindowOfWShowsExactlyWKeys() {
        AttentionPolicy policy = AttentionPolicy.windowed(RopeTable.plain(1e4, 8), 16);
        assertEquals(0, policy.firstVisible(15));
        assertEquals(1, policy.firstVisible(16));
        assertEquals(16, 100 - policy.firstVisible(100) + 1);
        assertEquals(0, AttentionPolicy.full(RopeTable.plain(1e4, 8)).firstVisible(100));
        assertEquals("a window of 16, rotary base 10000", policy.words());
    }

    @Test
    void layersMayMixPolicies() {
        AttentionPolicies policies = new AttentionPolicies(config(AttentionConfig.PLAIN.withWindows(List.of(0, 7))));
        assertEquals(List.of(0, 7), policies.forPrompt(1).stream().map(AttentionPolicy::window).toList());
    }

    /** The worked example of both variants: how far the query's and the key's rotary positions are apart, for every pair. */
    @Test
    void dualChunksSeeTheDistancesOfTheWorkedExample() throws IOException {
        for (JsonNode matrix : numbers("dca")) {
            boolean paper = matrix.get("variant").asText().equals("paper");
            DualChunk chunks = new DualChunk(matrix.get("chunk_size").asInt(), matrix.get("local_size").asInt(), 0, paper);
            AttentionPolicy policy = new AttentionPolicies(config(new AttentionConfig(new RopeScaling.None(), 0, chunks, List.of())))
                    .forPrompt(1).getFirst();
            assertEquals(matrix.get("chunk_len").asInt(), chunks.length());
            for (int query = 0; query < matrix.get("n").asInt(); query++) {
                for (int key = 0; key <= query; key++) {
                    int distance = policy.queryPosition(query, policy.turnFor(query, key)) - policy.keyPosition(key);
                    assertEquals(matrix.get("relative_positions").get(query).get(key).asInt(), distance,
                            matrix.get("variant") + ", query " + query + ", key " + key);
                }
            }
        }
    }

    @Test
    void theTemperatureFollowsThePromptThenTheText() {
        PositionScale scale = PositionScale.temperature(100, 300);
        assertEquals((float) (0.1 * Math.log(3) + 1), scale.at(0));
        assertEquals((float) (0.1 * Math.log(3) + 1), scale.at(299));
        assertEquals((float) (0.1 * Math.log(4) + 1), scale.at(399));
        assertEquals(1f, PositionScale.temperature(100, 30).at(99));
    }

    private static ModelConfig config(AttentionConfig attention) {
        return new ModelConfig(Architecture.QWEN, 64, 2, 4, 4, 16, 96, 288, 512, 1e-6f, 1e4, attention, MixtureConfig.NONE);
    }

    private static JsonNode numbers(String name) throws IOException {
        return new ObjectMapper().readTree(AttentionPoliciesTest.class.getResourceAsStream("/vectors/rope-numbers.json")).get(name);
    }
}
