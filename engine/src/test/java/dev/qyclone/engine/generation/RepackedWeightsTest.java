package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whole models over copies for decode, over what is stored, and by the plain ops. */
class RepackedWeightsTest {
    /** Relative L2 distance of logits: sums in float against sums in double. */
    private static final double SUMMED = 1e-5;
    /** What rounded activations may change at most. */
    private static final double ROUNDED = 1e-2;
    private static final int[] PROMPT = {3, 1, 4, 1, 5, 9, 2, 6};
    private static final int STEPS = 4;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @CsvSource({"tiny, Q4_0", "tiny, Q5_1", "tiny-moe, Q4_1", "tiny-moe, Q5_0", "tiny-qwen1, Q4_0"})
    void theLogitsAreThose(String shape, TensorType type) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName(shape).orElseThrow(), type, 1, file, (done, total) -> { });
        List<float[]> exact = logits(file, "cpu:scalar", StageOptions.DEFAULT);
        requireNear(SUMMED, exact, logits(file, "cpu", StageOptions.DEFAULT.withExact(true)), "copies");
        requireNear(SUMMED, exact, logits(file, "cpu", StageOptions.DEFAULT.withRepack(false)), "as stored");
        requireNear(ROUNDED, exact, logits(file, "cpu", StageOptions.DEFAULT), "by default");
    }

    private static void requireNear(double tolerance, List<float[]> exact, List<float[]> got, String what) {
        assertEquals(exact.size(), got.size());
        for (int i = 0; i < got.size(); i++) {
            double distance = distance(exact.get(i), got.get(i));
            assertTrue(distance < tolerance, what + ", step " + i + ": " + distance);
        }
    }

    /** After the prompt, after ids one by one, and of a second session of the same stages. */
    private static List<float[]> logits(Path file, String device, StageOptions options) {
        Backends backends = Backends.discover(new BackendOptions(2));
        Model model = ModelLoader.load(file);
        Placement placement = Placement.allOn(backends.device(device), model.config().layers(), options, "asked for");
        List<float[]> logits = new ArrayList<>();
        try (Engine engine = Engine.open(model, backends, placement)) {
            for (int i = 0; i < 2; i++) {
                try (Session session = engine.newSession(SessionOptions.defaults(engine.config()))) {
                    logits.add(session.append(PROMPT, Session.Progress.NONE).clone());
                    for (int step = 0; step < STEPS; step++) {
                        logits.add(session.append(new int[] {step + 7}, Session.Progress.NONE).clone());
                    }
                }
            }
        }
        return logits;
    }

    private static double distance(float[] expected, float[] got) {
        double squares = 0;
        double size = 0;
        for (int i = 0; i < expected.length; i++) {
            squares += ((double) got[i] - expected[i]) * ((double) got[i] - expected[i]);
            size += (double) expected[i] * expected[i];
        }
        return Math.sqrt(squares / size);
    }
}
