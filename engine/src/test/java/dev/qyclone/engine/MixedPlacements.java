package dev.qyclone.engine;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** A golden model with a border between stages after every layer, against the same model on one device, for any devices. */
public final class MixedPlacements {
    /** Relative L2 distance of logits: kernels of two devices sum in different orders. */
    public static final double TOLERANCE = 2e-5;
    /** Prompt ids computed at once: short enough that the longer golden prompts go through the stages in several pieces. */
    public static final int BATCH = 7;

    /** What one device says of a prompt: the logits after it and after each greedy id. */
    public record Answer(List<float[]> logits, int[] greedy) {
        public Answer {
            logits = List.copyOf(logits);
        }
    }

    private MixedPlacements() {
    }

    /**
     * Layer i on {@code ids.get(i % ids.size())}, each a stage of its own even beside another on the same device; the embedding with the
     * first layer, the output with the last.
     */
    public static Placement alternating(Model model, Backends backends, List<String> ids, StageOptions options) {
        int layers = model.config().layers();
        List<Placement.Run> runs = new ArrayList<>();
        for (int layer = 0; layer < layers; layer++) {
            runs.add(new Placement.Run(layer, 1, backends.device(ids.get(layer % ids.size())), options, "a test"));
        }
        return new Placement(runs.getFirst().device(), runs, runs.getLast().device(), options);
    }

    /** The model with everything on one device, asked all golden prompts. */
    public static List<Answer> onOneDevice(Path folder, Supplier<Backends> backends, String id) throws IOException {
        Backends found = backends.get();
        Model model = ModelLoader.load(folder);
        Device device = found.device(id);
        try (Engine engine = Engine.open(model, found, Placement.allOn(device, model.config().layers(), options(), "a test"))) {
            return answers(engine, folder);
        }
    }

    /**
     * Requires the same greedy ids as {@code expected}, and logits within {@link #TOLERANCE}, from the model with a stage for every layer.
     *
     * @param backends new ones at every call
     * @param ids devices that the layers go to in turn
     */
    public static void requireSame(List<Answer> expected, Path folder, Supplier<Backends> backends, List<String> ids) throws IOException {
        Backends found = backends.get();
        Model model = ModelLoader.load(folder);
        try (Engine engine = Engine.open(model, found, alternating(model, found, ids, options()))) {
            List<Answer> answers = answers(engine, folder);
            assertEquals(expected.size(), answers.size());
            for (int prompt = 0; prompt < answers.size(); prompt++) {
                String where = folder.getFileName() + " on " + ids + ", prompt " + prompt;
                for (int step = 0; step < answers.get(prompt).logits().size(); step++) {
                    double error = Golden.relativeL2(answers.get(prompt).logits().get(step), expected.get(prompt).logits().get(step));
                    assertTrue(error <= TOLERANCE, where + ", step " + step + ": relative L2 " + error);
                }
                assertArrayEquals(expected.get(prompt).greedy(), answers.get(prompt).greedy(), where);
            }
        }
    }

    private static StageOptions options() {
        return StageOptions.DEFAULT.withBatch(BATCH);
    }

    private static List<Answer> answers(Engine engine, Path folder) throws IOException {
        List<Answer> answers = new ArrayList<>();
        for (Golden.Prompt prompt : Golden.prompts(folder.resolve("golden.json"))) {
            try (Session session = engine.newSession(new SessionOptions(engine.config().context(), BATCH))) {
                List<float[]> logits = new ArrayList<>();
                logits.add(session.append(prompt.ids(), Session.Progress.NONE).clone());
                int[] greedy = new int[prompt.greedy().length];
                for (int i = 0; i < greedy.length; i++) {
                    greedy[i] = Golden.argMax(logits.getLast());
                    logits.add(session.append(new int[] {greedy[i]}, Session.Progress.NONE).clone());
                }
                answers.add(new Answer(logits, greedy));
            }
        }
        return answers;
    }
}
