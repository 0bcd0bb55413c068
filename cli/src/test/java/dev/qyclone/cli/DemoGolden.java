package dev.qyclone.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * What Hugging Face transformers say after a prompt, in float32 on the weights decoded from the demo model's file.
 *
 * @param lastLogits (vocab)
 * @param greedy the 48 ids that follow
 * @param greedyText their text
 */
record DemoGolden(String text, int[] ids, double[] lastLogits, int[] greedy, String greedyText) {
    private static final ObjectMapper MAPPER = new ObjectMapper();

    static List<DemoGolden> all() {
        try (InputStream content = DemoGolden.class.getResourceAsStream("/demo-golden.json")) {
            List<DemoGolden> goldens = new ArrayList<>();
            for (JsonNode prompt : MAPPER.readTree(content).get("prompts")) {
                goldens.add(new DemoGolden(
                        prompt.get("text").textValue(), ints(prompt.get("ids")),
                        MAPPER.convertValue(prompt.get("last_logits"), double[].class),
                        ints(prompt.get("greedy")), prompt.get("greedy_text").textValue()));
            }
            return goldens;
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    static int[] ints(JsonNode array) {
        return MAPPER.convertValue(array, int[].class);
    }

    /** One JSON object that a command printed. */
    static JsonNode parse(String line) {
        try {
            return MAPPER.readTree(line);
        } catch (IOException e) {
            throw new AssertionError(line, e);
        }
    }

    /** The ids as {@code --ids} takes them. */
    String idsOption() {
        return IntStream.of(ids).mapToObj(Integer::toString).collect(Collectors.joining(","));
    }

    @Override
    public String toString() {
        return text;
    }
}
