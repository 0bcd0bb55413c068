package dev.qyclone.tasks;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/** What {@link TwoDevicesTest} starts in a JVM that sees two devices. */
final class TwoDevicesRun {
    static final String DONE = "the same ids on";
    private static final int CONTEXT = 128;

    private TwoDevicesRun() {
    }

    public static void main(String[] args) throws IOException {
        Backends backends = Backends.discover(new BackendOptions(1));
        List<Device> devices = backends.devices().stream().filter(device -> device.id().startsWith("opencl:")).toList();
        if (devices.size() != 2) {
            throw new IllegalStateException("two devices expected, got " + devices.stream().map(Device::id).toList());
        }
        Path folder = Golden.folder("qwen2-gqa");
        Model model = ModelLoader.load(folder).withContext(CONTEXT);
        int layers = model.config().layers();
        StageOptions options = StageOptions.DEFAULT.withContext(CONTEXT).withBatch(16);
        Placement placement = new Placement(devices.getFirst(), List.of(
                new Placement.Run(0, layers / 2, devices.getFirst(), options, "a test"),
                new Placement.Run(layers / 2, layers - layers / 2, devices.getLast(), options, "a test")), devices.getFirst(), options);
        try (Engine engine = Engine.open(model, backends, placement)) {
            for (Golden.Prompt prompt : prompts(folder)) {
                for (int batch : new int[] {16, 5}) {
                    requireSame(engine, batch, prompt);
                }
            }
        }
        System.out.println(DONE + " " + devices.stream().map(Device::id).toList());
    }

    /** Those that fit into the context. */
    private static List<Golden.Prompt> prompts(Path folder) throws IOException {
        return Golden.prompts(folder.resolve("golden.json")).stream()
                .filter(prompt -> prompt.ids().length + prompt.greedy().length < CONTEXT).toList();
    }

    /** Pieces of a prompt are in both stages at the same time. */
    private static void requireSame(Engine engine, int batch, Golden.Prompt prompt) {
        try (Session session = engine.newSession(new SessionOptions(CONTEXT, batch))) {
            int[] got = new int[prompt.greedy().length];
            int id = Golden.argMax(session.append(prompt.ids(), Session.Progress.NONE));
            for (int i = 0; i < got.length; i++) {
                got[i] = id;
                id = session.appendForLargest(id);
            }
            if (!Arrays.equals(got, prompt.greedy())) {
                throw new IllegalStateException("ids " + Arrays.toString(got) + ", expected " + Arrays.toString(prompt.greedy()));
            }
        }
    }
}
