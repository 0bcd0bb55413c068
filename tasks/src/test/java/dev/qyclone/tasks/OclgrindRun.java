package dev.qyclone.tasks;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Device;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What {@link OclgrindTest} starts in a JVM that sees Oclgrind as its only device. */
final class OclgrindRun {
    static final String DONE = "done on Oclgrind";
    private static final int ITEMS = 32;

    private OclgrindRun() {
    }

    /** Two faults that Oclgrind must report, so that its silence means something. */
    static final class Faulty {
        private Faulty() {
        }

        public static void writesBehindTheArray(IntArray x, int n) {
            for (@Parallel int i = 0; i < n; i++) {
                x.set(i + n, i);
            }
        }

        public static void writesOneElementFromAllItems(IntArray x, int n) {
            for (@Parallel int i = 0; i < n; i++) {
                x.set(0, i);
            }
        }
    }

    public static void main(String[] args) throws IOException {
        Device simulator = new TornadoProvider().create(BackendOptions.defaults()).devices().stream()
                .filter(device -> device.name().startsWith("Oclgrind")).findFirst().orElseThrow();
        switch (args[0]) {
            case "bounds" -> faulty((x, steps) -> steps.overItems("fault", ITEMS,
                    (graph, task) -> graph.task(task, Faulty::writesBehindTheArray, x, ITEMS)));
            case "race" -> faulty((x, steps) -> steps.overItems("fault", ITEMS,
                    (graph, task) -> graph.task(task, Faulty::writesOneElementFromAllItems, x, ITEMS)));
            case "attention" -> attention();
            default -> golden(simulator, Golden.folder(args[0]));
        }
        System.out.println(DONE);
    }

    private interface Fault {
        void addTo(IntArray x, Steps steps);
    }

    private static void faulty(Fault fault) {
        IntArray x = new IntArray(ITEMS);
        x.init(0);
        try (GraphChain chain = new GraphChain(ITEMS)) {
            Steps steps = chain.next("faulty");
            steps.own(x);
            fault.addTo(x, steps);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
    }

    /** A prompt of several tokens and one more, in every form of attention. */
    private static void attention() {
        AttentionRig.Shape shape = new AttentionRig.Shape(4, 2, 6, List.of(5, 1));
        for (AttentionForm form : AttentionForm.values()) {
            form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape));
        }
    }

    /** A prompt in one call and two tokens after it. */
    private static void golden(Device device, Path folder) throws IOException {
        Golden.Prompt prompt = Golden.prompts(folder.resolve("golden.json")).stream()
                .filter(p -> p.ids().length > 1 && p.ids().length <= 16).findFirst().orElseThrow();
        try (Engine engine = Engine.open(folder, device.id()); Session session = engine.newSession(new SessionOptions(32, 16))) {
            float[] logits = session.append(prompt.ids(), Session.Progress.NONE);
            for (int i = 0; i < 2; i++) {
                int id = Golden.argMax(logits);
                if (id != prompt.greedy()[i]) {
                    throw new IllegalStateException("id " + i + " is " + id + ", expected one of " + Arrays.toString(prompt.greedy()));
                }
                logits = session.append(new int[] {id}, Session.Progress.NONE);
            }
        }
    }
}
