package dev.qyclone.engine;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;

/** An oracle from Hugging Face: prompts with the logits and greedy ids that transformers computes for them in float32. */
public final class Golden {
    /** The models that ship with the tests. */
    public static final List<String> MODELS = List.of(
            "qwen2-gqa", "qwen2-tied", "qwen1.5-mha", "qwen2-moe", "qwen2-yarn", "qwen2-swa-all", "qwen2-swa-mixed",
            "qwen1-plain", "qwen1-ntk", "qwen1-ntk-logn");

    /** Relative L2 distance of logits that a right float32 port stays under. */
    public static final double LOGITS_TOLERANCE = 1e-5;

    /** One prompt. */
    public record Prompt(int[] ids, float[] lastLogits, int[] argmaxAll, int[] greedy) {
    }

    private Golden() {
    }

    /** The folder of a model in the test resources. */
    public static Path folder(String model) {
        try {
            URI folder = Golden.class.getResource("/golden/" + model).toURI();
            // From a jar, as other modules have it when everything is built, a file cannot be mapped into memory.
            return folder.getScheme().equals("file") ? Path.of(folder) : Path.of("../engine/src/test/resources/golden", model);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** The prompts in a golden.json. */
    public static List<Prompt> prompts(Path goldenJson) throws IOException {
        List<Prompt> prompts = new ArrayList<>();
        for (JsonNode prompt : new ObjectMapper().readTree(goldenJson.toFile()).get("prompts")) {
            JsonNode logits = prompt.get("last_logits");
            float[] lastLogits = new float[logits.size()];
            for (int i = 0; i < lastLogits.length; i++) {
                lastLogits[i] = logits.get(i).floatValue();
            }
            prompts.add(new Prompt(ids(prompt.get("ids")), lastLogits, ids(prompt.path("argmax_all")), ids(prompt.get("greedy"))));
        }
        return prompts;
    }

    private static int[] ids(JsonNode array) {
        return StreamSupport.stream(array.spliterator(), false).mapToInt(JsonNode::intValue).toArray();
    }

    /** |a − b| / |b| over all elements. */
    public static double relativeL2(float[] a, float[] b) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < b.length; i++) {
            difference += Math.pow((double) a[i] - b[i], 2);
            norm += Math.pow(b[i], 2);
        }
        return Math.sqrt(difference / norm);
    }

    /** Index of the largest value, the lowest one on ties. */
    public static int argMax(float[] values) {
        int best = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[best]) {
                best = i;
            }
        }
        return best;
    }
}
