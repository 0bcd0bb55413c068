package dev.qyclone.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNeedsTest {
    private static final int WINDOW = 16;
    private static final int BATCH = 64;

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny", "tiny-moe", "tiny-qwen1"})
    void theRolesOfAModelAreAllItsWeights(String shape) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName(shape).orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            ModelNeeds needs = ModelNeeds.of(model);
            List<Long> layers = model.layers().stream().map(layer -> layer.tensors().mapToLong(Tensor::bytes).sum()).toList();
            assertEquals(layers, needs.layers().stream().map(LayerNeeds::weights).toList());
            assertEquals(model.tokenEmbedding().bytes(), needs.embedding());
            assertEquals(model.tied(), needs.tied());
            boolean mixture = model.config().mixture().experts() > 0;
            List<String> roles = needs.layers().getFirst().roles().stream().map(WeightRole::name).toList();
            assertEquals(mixture, roles.contains("gate_up_exps"), roles.toString());
            assertEquals(!mixture, roles.contains("gate_up"), roles.toString());
            Machine machine = Invented.machine(Invented.GIB, Invented.gpu("cuda:0:0", Invented.GIB));
            Plan plan = Planner.plan(Profile.allOn("cuda:0:0", "here"), needs, machine, PlanRequest.of(32, 8));
            assertTrue(plan.rows().get(1).weights() >= layers.stream().mapToLong(Long::longValue).sum(), plan.toString());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q4_0", "Q5_1", "Q8_0"})
    void copiesForDecodeTakeWhatIsCounted(String type) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.valueOf(type), 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file); WorkerPool pool = new WorkerPool(2)) {
            ModelNeeds needs = ModelNeeds.of(model);
            VectorOps ops = new VectorOps(pool);
            try (PreparedWeights layer = ops.prepare(model.layers().getFirst().tensors().toList(), false);
                    PreparedWeights output = ops.prepare(List.of(model.output()), false)) {
                assertEquals(layer.bytes(), needs.repacked(0, Invented.device("cpu", DeviceKind.CPU, Invented.GIB)));
                assertEquals(output.bytes(), needs.repackedOutput(Invented.device("cpu", DeviceKind.CPU, Invented.GIB)));
                assertEquals(0, needs.repacked(0, Invented.device("cpu:scalar", DeviceKind.CPU, Invented.GIB)));
                assertEquals(!type.equals("Q8_0"), layer.bytes() > 0);
            }
        }
    }

    /** Of what caches on the host really take, to the byte; the ring of a window may end up a page or two shorter. */
    @ParameterizedTest
    @ValueSource(ints = {1, 256, 257, 1500})
    void keysAndValuesAreWhatCachesTake(int context) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            List<Integer> windows = new ArrayList<>(Collections.nCopies(model.config().layers(), 0));
            windows.set(0, WINDOW);
            ModelNeeds windowed = ModelNeeds.of(model.withAttention(model.config().attention().withWindows(windows)));
            for (KvType type : KvType.values()) {
                StageOptions options = StageOptions.DEFAULT.withContext(context).withBatch(BATCH).withKvType(type);
                long full = cacheBytes(model, options, 0);
                assertEquals(full * windows.size(), ModelNeeds.of(model).hostKv(options));
                long ring = windowed.hostKv(options) - full * (windows.size() - 1);
                long taken = cacheBytes(model, options, WINDOW);
                long page = cacheBytes(model, options.withContext(1), 0);
                assertTrue(taken <= ring && ring <= taken + 2 * page, ring + " bytes counted, " + taken + " taken");
            }
        }
    }

    /** Of the default call of 512 rows such a device sees 128 at a time, in its scratch and behind its windows. */
    @Test
    void aDeviceThatTakesCallsInPiecesIsPlannedForAPiece() {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            ModelNeeds needs = ModelNeeds.of(model.withAttention(model.config().attention().withWindows(List.of(WINDOW, 0))));
            Device whole = Invented.gpu("cuda:0:0", Invented.GIB);
            Device pieces = new Device("cuda:0:1", DeviceKind.GPU, "nobody", "toy", Invented.GIB,
                    new DeviceFacts(0, 0, 0, 1, HalfFloats.UNKNOWN, "", 128), "");
            StageOptions large = StageOptions.DEFAULT.withContext(512);
            assertEquals(needs.scratch(whole, large.withBatch(128)), needs.scratch(pieces, large));
            assertEquals(needs.scratch(whole, large.withBatch(40)), needs.scratch(pieces, large.withBatch(33)));
            assertTrue(needs.scratch(whole, large) > needs.scratch(pieces, large));
            assertEquals(needs.kv(0, whole, large.withBatch(128)), needs.kv(0, pieces, large));
            assertTrue(needs.kv(0, whole, large) > needs.kv(0, pieces, large));
            assertEquals(needs.kv(1, whole, large), needs.kv(1, pieces, large));
        }
    }

    /** Gates and ups are the largest matrix, and what they are summed up in before they are activated. */
    @Test
    void onlyKernelsThatUnpackWeightsNeedRoomForThat() {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            ModelNeeds needs = ModelNeeds.of(model);
            Device unpacks = Invented.gpu("cuda:0:0", Invented.GIB);
            Device packed = new Device("cuda:0:1", DeviceKind.GPU, "nobody", "toy", Invented.GIB,
                    DeviceFacts.NONE.withPackedPrompts(List.of(KernelFamily.CONTEXT)), "");
            StageOptions auto = StageOptions.DEFAULT.withContext(512).withBatch(BATCH);
            StageOptions context = auto.withKernels(new KernelChoice(KernelFamily.CONTEXT, 0));
            long rows = 2L * model.config().ffnDim();
            assertEquals(Float.BYTES * rows * model.config().dim(), needs.unpacked(unpacks, context));
            assertEquals(needs.scratch(unpacks, context),
                    needs.scratch(packed, context) + Float.BYTES * rows * (BATCH + model.config().dim()));
            assertEquals(needs.scratch(unpacks, auto), needs.scratch(packed, auto));
            StageOptions small = auto.withKernels(new KernelChoice(KernelFamily.CONTEXT, 8));
            assertEquals(needs.scratch(unpacks, context), needs.scratch(packed, small));
        }
    }

    @Test
    void aQuerySeesWhatIsWrittenAndNoMoreThanItsWindow() {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            ModelNeeds needs = ModelNeeds.of(model.withAttention(model.config().attention().withWindows(List.of(WINDOW, 0))));
            long position = needs.seenKv(1, KvType.F32) / 2;
            assertEquals((700 + WINDOW) * position, needs.seenKv(700, KvType.F32));
            assertEquals((700 + WINDOW) * position / 2, needs.seenKv(700, KvType.F16));
        }
    }

    private static long cacheBytes(Model model, StageOptions options, int window) {
        try (KvCache cache = new KvCache(
                model.config().kvHeads(), model.config().headDim(), options.context(), options.kvType(), window)) {
            float[] rows = new float[BATCH * model.config().kvDim()];
            for (int from = 0; from < options.context(); from += BATCH) {
                cache.append(rows, rows, Math.min(BATCH, options.context() - from));
            }
            return cache.bytes();
        }
    }
}
