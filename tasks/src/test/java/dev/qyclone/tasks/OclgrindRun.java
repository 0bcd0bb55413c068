package dev.qyclone.tasks;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.BatchKernels;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.Role;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What {@link OclgrindTest} starts in a JVM that sees Oclgrind as its only device. */
final class OclgrindRun {
    static final String DONE = "done on Oclgrind";
    private static final int ITEMS = 32;
    private static final int ROWS = 18;
    /** A super-block. */
    private static final int COLS = 256;

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

    public static void main(String[] args) {
        Device simulator = new TornadoProvider().create(BackendOptions.defaults()).devices().stream()
                .filter(device -> device.name().startsWith("Oclgrind")).findFirst().orElseThrow();
        switch (args[0]) {
            case "faults" -> {
                faulty((x, steps) -> steps.overItems("fault", ITEMS,
                        (graph, task) -> graph.task(task, Faulty::writesBehindTheArray, x, ITEMS)));
                faulty((x, steps) -> steps.overItems("fault", ITEMS,
                        (graph, task) -> graph.task(task, Faulty::writesOneElementFromAllItems, x, ITEMS)));
            }
            case "kernels" -> {
                attention();
                products();
                panels();
            }
            case "layers" -> {
                layer(simulator, "qwen2-tied", KernelFamily.AUTO);
                layer(simulator, "qwen2-tied", KernelFamily.FPGA);
                layer(simulator, "qwen2-moe", KernelFamily.AUTO);
            }
            default -> throw new IllegalArgumentException(args[0]);
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

    /** A prompt of several tokens and one more, in every form of attention, over keys and values of both types. */
    private static void attention() {
        AttentionRig.Shape shape = new AttentionRig.Shape(4, 2, 6, List.of(5, 1));
        for (AttentionForm form : AttentionForm.values()) {
            form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape));
            form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape.halves()));
        }
    }

    /** Every type in every form: more rows than a group, a super-block of columns, norm and bias. */
    private static void products() {
        for (ProductSteps.Form form : ProductSteps.Form.values()) {
            WorkGroups groups = form == ProductSteps.Form.ROWS ? WorkGroups.of(KernelForms.FPGA_GROUP) : WorkGroups.upTo(ITEMS);
            run(groups, (cursor, layers, steps, arrays) -> {
                FloatArray out = new FloatArray(ROWS);
                ProductSteps products = new ProductSteps(steps, cursor, layers, form);
                for (TensorType type : TensorType.values()) {
                    StackedMatrix weights = weights(type, arrays);
                    FloatArray x = filled(weights.cols());
                    FloatArray norm = filled(2 * weights.cols());
                    FloatArray bias = filled(2 * ROWS);
                    steps.own(x, norm, bias, out);
                    products.normedBiased("product_" + type, weights, x, norm, bias, out, Role.CURRENT_LAYER, 1e-6f);
                }
            });
        }
    }

    /** Every type as panels of floats, and the product of several tokens with the last of them. */
    private static void panels() {
        run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
            int padded = BatchArrays.padded(ROWS);
            IntArray call = new IntArray(Call.INTS);
            call.set(Call.TOKENS, PanelProducts.TOKENS + 1);
            FloatArray panels = filled(padded * COLS);
            int tokens = 2 * PanelProducts.TOKENS;
            FloatArray x = filled(tokens * COLS);
            FloatArray bias = filled(2 * padded);
            FloatArray sums = filled(tokens * padded);
            FloatArray out = filled(tokens * ROWS);
            steps.own(call, panels, x, bias, sums, out);
            for (TensorType type : TensorType.values()) {
                StackedMatrix weights = weights(type, arrays);
                steps.own(weights.arrays());
                new PanelSteps(steps, cursor, Cursor.CURRENT, layers).fill("panels_" + type, weights.parts().getFirst(), panels);
            }
            int items = PanelProducts.items(padded, tokens);
            steps.overItems("product", items, (graph, task) -> graph.task(task, PanelProducts::product, call, cursor, Cursor.CURRENT,
                    layers, x, panels, 0, bias, sums, PanelProducts.SET, items, tokens, padded, COLS));
            int elements = tokens * ROWS;
            steps.overItems("keep", elements, (graph, task) -> graph.task(task, BatchKernels::keepSums, call, cursor, Cursor.CURRENT,
                    layers, sums, bias, out, PanelProducts.BIAS, elements, ROWS, padded));
        });
    }

    /** Describes steps over the second of two layers. */
    @FunctionalInterface
    private interface Description {
        void describe(IntArray cursor, IntArray layers, Steps steps, HostArrays arrays);
    }

    private static void run(WorkGroups groups, Description description) {
        IntArray cursor = new IntArray(Cursor.INTS);
        IntArray layers = new IntArray(2 * Layers.INTS);
        cursor.init(1);
        layers.init(0);
        layers.set(Layers.INTS + Layers.SLICE, 1);
        try (GraphChain chain = new GraphChain(groups)) {
            HostArrays arrays = new HostArrays();
            Steps steps = chain.next("under_test").own(cursor, layers);
            description.describe(cursor, layers, steps, arrays);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { }, arrays);
        }
    }

    private static StackedMatrix weights(TensorType type, HostArrays arrays) {
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) ROWS * COLS))]);
        float[] row = filled(COLS).toHeapArray();
        for (int r = 0; r < ROWS; r++) {
            Blocks.encode(type, row, 0, data, r * type.bytes(COLS), COLS);
        }
        Tensor tensor = new Tensor("w", type, new long[] {ROWS, COLS}, data);
        return StackedMatrix.of(List.of(List.of(tensor), List.of(tensor)), arrays);
    }

    private static FloatArray filled(int size) {
        FloatArray array = new FloatArray(size);
        for (int i = 0; i < size; i++) {
            array.set(i, (i % 7 - 3) * 0.25f);
        }
        return array;
    }

    /** One layer with random weights and the output, in a call of several rows and in one of a single row. */
    private static void layer(Device device, String golden, KernelFamily family) {
        TornadoDevice tornado = TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice();
        StageOptions options = StageOptions.DEFAULT.withContext(32).withBatch(16).withKernels(new KernelChoice(family, 0));
        ModelConfig shape;
        try (Model model = ModelLoader.load(Golden.folder(golden))) {
            shape = model.config().withContext(32);
        }
        try (RandomLayer random = new RandomLayer(shape, TensorType.F32)) {
            Model model = random.model();
            DeviceMemory memory = new DeviceMemory(device);
            try (TornadoLayerStage layer = TornadoLayerStage.unchecked(device, tornado, memory, model, 0, 1, options);
                    TornadoOutputStage output = TornadoOutputStage.unchecked(device, tornado, memory, model, options.kernels())) {
                List<CheckRow> rows = new ArrayList<>(layer.check(model, 0, options, false));
                rows.add(output.check(model, family));
                StageCheck.require(device, rows);
            }
        }
    }
}
