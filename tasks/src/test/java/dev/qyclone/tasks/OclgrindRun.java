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
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.MoveKernels;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.ProbeKernels;
import dev.qyclone.tasks.kernels.RateKernels;
import dev.qyclone.tasks.kernels.Role;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import uk.ac.manchester.tornado.api.annotations.Parallel;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** What {@link OclgrindTest} starts in a JVM that sees Oclgrind as its only device. */
final class OclgrindRun {
    static final String DONE = "done on Oclgrind";
    /** All kernels together, in two parts of about the same length. */
    static final String PRODUCTS = "products";
    static final String OTHERS = "others";
    /** Before the name of each kernel that ran. */
    static final String RAN = "ran ";
    private static final int ITEMS = 32;
    private static final int ROWS = 18;
    /** A super-block. */
    private static final int COLS = 256;
    private static final KernelNames NAMES = new KernelNames();
    private static final GraphTools CLOCKS = new GraphTools(NAMES, new LaunchClock());

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
            case PRODUCTS -> {
                products();
                mixedProducts();
                panels();
                tiles();
                experts();
            }
            case OTHERS -> {
                attention();
                norms();
                moves();
                probes();
                layer(simulator, "qwen2-tied", KernelFamily.AUTO);
                layer(simulator, "qwen2-tied", KernelFamily.FPGA);
                layer(simulator, "qwen2-moe", KernelFamily.AUTO);
            }
            default -> throw new IllegalArgumentException(args[0]);
        }
        NAMES.names().forEach(name -> System.out.println(RAN + name));
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

    /** A prompt of several tokens and one more, or single tokens, in every form of attention, over keys and values of both types. */
    private static void attention() {
        AttentionRig.Shape prompt = new AttentionRig.Shape(4, 2, 6, List.of(5, 1));
        AttentionRig.Shape tokens = new AttentionRig.Shape(18, 2, 6, Collections.nCopies(18, 1)).windowed(2);
        for (AttentionForm form : AttentionForm.values()) {
            AttentionRig.Shape shape = form.takes(prompt) ? prompt : tokens;
            form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape), CLOCKS);
            form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape.halves()), CLOCKS);
        }
        // the keys in several shares, over a ring that has come round
        AttentionRig.Shape shared = new AttentionRig.Shape(2, 1, 2, Collections.nCopies(530, 1)).windowed(500).behind(528);
        AttentionForm.SPLIT_LANES.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shared), CLOCKS);
        AttentionForm.SPLIT_LANES.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shared.halves()),
                CLOCKS);
    }

    /** More columns than items, and a row behind the last token. */
    private static void norms() {
        run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
            int rows = 3;
            IntArray call = new IntArray(Call.INTS);
            call.init(0);
            call.set(Call.TOKENS, rows - 1);
            FloatArray x = filled(rows * COLS);
            FloatArray out = filled(rows * COLS);
            steps.own(call, x, out);
            new NormSteps(steps, ProductSteps.Form.GROUPS, call, cursor, layers, rows)
                    .norm("norm", Cursor.CURRENT, x, filled(2 * COLS), out, COLS, 1e-6f);
        });
    }

    /** Every type in every form: more rows than a group, a super-block of columns, norm and bias. */
    private static void products() {
        for (ProductSteps.Form form : ProductSteps.Form.values()) {
            WorkGroups groups = form == ProductSteps.Form.ROWS ? WorkGroups.of(KernelForms.FPGA_GROUP) : WorkGroups.upTo(ITEMS);
            run(groups, (cursor, layers, steps, arrays) -> {
                FloatArray out = new FloatArray(ROWS);
                ProductSteps products = new ProductSteps(steps, cursor, layers, form, false);
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

    /** Several types in one launch, below each other and as gates and ups. */
    private static void mixedProducts() {
        run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
            List<Tensor> both = List.of(tensor(TensorType.Q4_K), tensor(TensorType.Q6_K));
            FloatArray x = filled(COLS);
            FloatArray norm = filled(2 * COLS);
            FloatArray bias = filled(2 * 2 * ROWS);
            FloatArray out = new FloatArray(2 * ROWS);
            steps.own(x, norm, bias, out);
            ProductSteps products = new ProductSteps(steps, cursor, layers, ProductSteps.Form.GROUPS, true);
            products.normedBiased("stacked", StackedMatrix.of(List.of(both, both), arrays), x, norm, bias, out, Role.CURRENT_LAYER, 1e-6f);
            products.normed("gated", StackedMatrix.gated(List.of(both, both), arrays), x, norm, out, Role.CURRENT_LAYER, 1e-6f);
            List<Tensor> three = List.of(tensor(TensorType.F16), tensor(TensorType.Q8_0), tensor(TensorType.BF16));
            FloatArray biasOfThree = filled(2 * 3 * ROWS);
            FloatArray outOfThree = new FloatArray(3 * ROWS);
            steps.own(biasOfThree, outOfThree);
            products.normedBiased("three", StackedMatrix.of(List.of(three, three), arrays), x, norm, biasOfThree, outOfThree,
                    Role.CURRENT_LAYER, 1e-6f);
            ProductSteps lanes = new ProductSteps(steps, cursor, layers, ProductSteps.Form.LANES, true);
            for (TensorType type : List.of(TensorType.Q4_1, TensorType.Q5_K)) {
                for (TensorType other : List.of(TensorType.Q4_0, TensorType.Q6_K, TensorType.Q8_0)) {
                    List<Tensor> pair = List.of(tensor(type), tensor(other));
                    lanes.normedBiased("lanes_" + type + "_" + other, StackedMatrix.of(List.of(pair, pair), arrays), x, norm, bias, out,
                            Role.CURRENT_LAYER, 1e-6f);
                }
            }
        });
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

    /** Every type in tiles of one band and of two, rows and tokens ending within them; and gates and ups. */
    private static void tiles() {
        int tokens = 16;
        for (int processors : new int[] {1, 1000}) {
            run(WorkGroups.upTo(TileShape.LEAST_ITEMS), (cursor, layers, steps, arrays) -> {
                IntArray call = new IntArray(Call.INTS);
                call.init(0);
                call.set(Call.TOKENS, tokens - 5);
                FloatArray x = filled(tokens * COLS);
                FloatArray bias = filled(2 * ROWS);
                FloatArray out = filled(tokens * ROWS);
                steps.own(call, x, bias, out);
                TileSteps tiles = new TileSteps(steps, TileShape.of(TileShape.LEAST_ITEMS, processors), call, cursor, layers, tokens);
                for (TensorType type : TensorType.values()) {
                    tiles.product("tiles_" + type, x, weights(type, arrays), bias, out, ROWS,
                            Role.CURRENT_LAYER | (processors == 1 ? Role.BIASED : Role.ADDED));
                }
                Tensor half = tensor(TensorType.Q4_K);
                tiles.product("gated", x, StackedMatrix.gated(List.of(List.of(half, half), List.of(half, half)), arrays), bias, out, ROWS,
                        Role.CURRENT_LAYER);
            });
        }
    }

    /** Two experts with three and two choices, in every type and form. */
    private static void experts() {
        int choices = 5;
        for (ProductSteps.Form form : List.of(ProductSteps.Form.LANES, ProductSteps.Form.GROUPS)) {
            run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
                IntArray ranges = IntArray.fromElements(0, 0, 3, 1, 3, 5); // slice, first choice, end
                IntArray order = new IntArray(choices * MixtureKernels.ORDER);
                for (int i = 0; i < choices; i++) {
                    order.set(i * MixtureKernels.ORDER + MixtureKernels.TOKEN, i / 2);
                    order.set(i * MixtureKernels.ORDER + MixtureKernels.CHOICE, i);
                }
                int width = BatchArrays.padded(ROWS);
                FloatArray x = filled(choices * COLS);
                FloatArray panels = filled(ExpertSteps.STRIPES * PanelProducts.LANES * COLS);
                FloatArray out = filled(choices * width);
                steps.own(ranges, order, x, panels, out);
                ExpertSteps experts = new ExpertSteps(steps, form, ranges, order, panels, 2);
                for (TensorType type : TensorType.values()) {
                    experts.product("expert_" + type, weights(type, arrays).parts().getFirst().matrix(), x, MixtureKernels.CHOICE, out, 0,
                            width);
                }
            });
        }
    }

    /** Up to the pool's end, where what is taken is less than what is asked for. */
    private static void moves() {
        int staged = ITEMS;
        int pool = 2 * ITEMS - 3;
        run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
            IntArray range = IntArray.fromElements(ITEMS, ITEMS - 3);
            FloatArray floats = filled(pool);
            FloatArray movedFloats = filled(staged);
            ShortArray shorts = new ShortArray(pool);
            shorts.init((short) 1);
            ShortArray movedShorts = new ShortArray(staged);
            movedShorts.init((short) 2);
            steps.own(range, floats, movedFloats, shorts, movedShorts);
            steps.overItems("take", staged, (graph, task) -> graph.task(task, MoveKernels::take, range, floats, movedFloats, staged, pool));
            steps.overItems("put", staged, (graph, task) -> graph.task(task, MoveKernels::put, range, movedFloats, floats, staged));
            steps.overItems("take_halves", staged, (graph, task) -> graph.task(task, MoveKernels::takeHalves, range, shorts, movedShorts,
                    staged, pool));
            IntArray piece = new IntArray(MoveKernels.RANGE);
            piece.set(MoveKernels.FIRST_WORDS, pool / MoveKernels.LANES - 1);
            piece.set(MoveKernels.WORDS, 1);
            piece.set(MoveKernels.FIRST_SCALES, 1);
            piece.set(MoveKernels.SCALES, 1);
            IntArray pieceWords = new IntArray(MoveKernels.LANES);
            pieceWords.init(3);
            FloatArray pieceScales = filled(2 * MoveKernels.LANES);
            IntArray words = new IntArray(pool / MoveKernels.LANES * MoveKernels.LANES);
            words.init(4);
            FloatArray scales = filled(2 * MoveKernels.LANES);
            FloatArray seen = filled(1);
            steps.own(piece, pieceWords, pieceScales, words, scales, seen);
            steps.overItems("arrived", 1, (graph, task) -> graph.task(task, MoveKernels::arrived, piece, pieceWords, pieceScales, seen));
            steps.overItems("place", 2, (graph, task) -> graph.task(task, MoveKernels::place, piece, pieceWords, pieceScales, words, scales,
                    2));
            steps.overItems("put_halves", staged, (graph, task) -> graph.task(task, MoveKernels::putHalves, range, movedShorts, shorts,
                    staged));
        });
    }

    /** The kernels that show what a device is and can do. */
    private static void probes() {
        run(WorkGroups.upTo(ITEMS), (cursor, layers, steps, arrays) -> {
            IntArray counts = new IntArray(ITEMS);
            counts.init(0);
            FloatArray from = filled(ITEMS * PanelProducts.LANES);
            FloatArray to = filled(ITEMS * PanelProducts.LANES);
            FloatArray sums = filled(ITEMS);
            steps.own(counts, from, to, sums);
            steps.overItems("count", ITEMS, (graph, task) -> graph.task(task, ProbeKernels::count, counts, ITEMS));
            steps.overItems("copy", ITEMS, (graph, task) -> graph.task(task, RateKernels::copyLanes, from, to, ITEMS));
            steps.overItems("lanes", ITEMS, (graph, task) -> graph.task(task, RateKernels::multiplyAddLanes, to, ITEMS, 2));
            steps.overItems("add", ITEMS, (graph, task) -> graph.task(task, RateKernels::multiplyAdd, sums, ITEMS, 2));
            steps.overItems("across", ITEMS, (graph, task) -> graph.task(task, RateKernels::sumAcross, from, sums, ITEMS,
                    PanelProducts.LANES));
            steps.overItems("along", ITEMS, (graph, task) -> graph.task(task, RateKernels::sumAlong, from, sums, ITEMS,
                    PanelProducts.LANES));
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
        try (GraphChain chain = new GraphChain(groups, CLOCKS)) {
            HostArrays arrays = new HostArrays();
            Steps steps = chain.next("under_test").own(cursor, layers);
            description.describe(cursor, layers, steps, arrays);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { }, arrays);
        }
    }

    private static StackedMatrix weights(TensorType type, HostArrays arrays) {
        Tensor tensor = tensor(type);
        return StackedMatrix.of(List.of(List.of(tensor), List.of(tensor)), arrays);
    }

    private static Tensor tensor(TensorType type) {
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) ROWS * COLS))]);
        float[] row = filled(COLS).toHeapArray();
        for (int r = 0; r < ROWS; r++) {
            Blocks.encode(type, row, 0, data, r * type.bytes(COLS), COLS);
        }
        return new Tensor("w", type, new long[] {ROWS, COLS}, data);
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
            try (TornadoLayerStage layer = TornadoLayerStage.unchecked(device, tornado, memory, model, 0, 1, options,
                            CLOCKS);
                    TornadoOutputStage output = TornadoOutputStage.unchecked(device, tornado, memory, model, options.kernels(),
                            CLOCKS)) {
                List<CheckRow> rows = new ArrayList<>(layer.check(model, 0, options, false));
                rows.add(output.check(model, family, false));
                StageCheck.require(device, rows);
            }
        }
    }
}
