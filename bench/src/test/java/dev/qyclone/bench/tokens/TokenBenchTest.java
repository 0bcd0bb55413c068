package dev.qyclone.bench.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bench on small models. Nothing here depends on how long anything takes. */
class TokenBenchTest {
    private static final PromptFlow FLOW = PromptFlow.PIPELINED;
    private static final double LIMIT = 12.5;

    @TempDir
    private static Path folder;
    private static Path file;
    private static ModelFacts facts;

    @BeforeAll
    static void writeModel() {
        file = TinyModel.write(folder, TensorType.F32);
        try (Model model = ModelLoader.load(file)) {
            facts = ModelFacts.of(model);
        }
    }

    private record Target(String device, Path path) implements BenchTarget {
        @Override
        public String profile() {
            return "";
        }

        @Override
        public int threads() {
            return 2;
        }

        @Override
        public KvType kvType() {
            return KvType.F32;
        }

        @Override
        public Opened open() {
            return new Opened(Engine.open(path, device), 1, 2, 3);
        }
    }

    private static final class Lost implements BenchTarget {
        @Override
        public String device() {
            return "opencl:7:0";
        }

        @Override
        public String profile() {
            return "gpu";
        }

        @Override
        public int threads() {
            return 2;
        }

        @Override
        public KvType kvType() {
            return KvType.F32;
        }

        @Override
        public Opened open() {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "opencl:7:0 was lost");
        }
    }

    private record SameLimits() implements HostLimits {
        @Override
        public double gigabytesPerSecond(int threads) {
            return LIMIT;
        }

        @Override
        public double gigaflopsPerSecond(int threads) {
            return LIMIT;
        }
    }

    private static List<BenchRow> run(BenchSettings settings, BenchTarget... targets) {
        return new TokenBench(facts, settings, new SameLimits(), line -> { })
                .run(List.of(targets), new Target("cpu:scalar", file));
    }

    @Test
    void everyTestIsARowOfEveryTarget() {
        BenchSettings settings = new BenchSettings(List.of(9), List.of(3), List.of(0, 20), List.of(4), List.of(1, 2),
                List.of(PromptFlow.PIPELINED, PromptFlow.IN_TURN), 3, 1, 5);
        List<BenchRow> rows = run(settings, new Target("cpu", file), new Target("cpu:scalar", file), new Lost());
        assertEquals(3 * 2 * 2 * (2 + 1), rows.size());
        for (BenchRow row : rows) {
            switch (row.outcome()) {
                case BenchRow.Failed failed -> {
                    assertEquals("opencl:7:0", row.target().device());
                    assertEquals("opencl:7:0 was lost", failed.reason());
                }
                case BenchRow.Measured measured -> {
                    assertEquals(3, measured.samples().nanos().length);
                    assertEquals((row.test().decodes() ? 3 : 9) * row.sessions(), measured.samples().tokens());
                    assertEquals(3, measured.limits().size());
                    assertEquals(row.test().decodes(), measured.bytesPerToken() > 0);
                    assertEquals(DeviceTime.NONE, measured.deviceTime());
                    assertTrue(row.target().parity().orElseThrow().sound(0));
                    assertEquals(-1, row.target().parity().orElseThrow().firstDifferentId());
                    assertEquals(2, row.target().firstRun().orElseThrow().planNanos());
                }
            }
        }
        assertEquals(12, rows.stream().filter(row -> !row.measured()).count());
        assertEquals("pp9", rows.getFirst().test().name());
        assertEquals("tg3 @ d20", rows.getLast().test().name());
    }

    @Test
    void aTargetThatComputesWronglyIsRefused() {
        Path other = TinyModel.write(folder, TensorType.Q4_0);
        BenchSettings settings = new BenchSettings(List.of(), List.of(1), List.of(0), List.of(4), List.of(1), List.of(FLOW), 1, 0, 4);
        BenchRow row = run(settings, new Target("cpu", other)).getFirst();
        assertFalse(row.measured());
        assertTrue(((BenchRow.Failed) row.outcome()).reason().contains("computes wrongly"), row.outcome().toString());
        assertFalse(row.target().parity().orElseThrow().sound(0));
    }

    @Test
    void withoutParityTheReferenceIsNotAsked() {
        BenchSettings settings = new BenchSettings(List.of(), List.of(1), List.of(0), List.of(4), List.of(1), List.of(FLOW), 1, 0, 0);
        List<BenchRow> rows = new TokenBench(facts, settings, HostLimits.UNKNOWN, line -> { })
                .run(List.of(new Target("cpu", file)), new Lost());
        assertTrue(rows.getFirst().measured());
        assertTrue(rows.getFirst().target().parity().isEmpty());
        assertTrue(((BenchRow.Measured) rows.getFirst().outcome()).limits().isEmpty());
    }

    @Test
    void rowsCanBeAskedForWhileTheBenchRuns() {
        BenchSettings settings = new BenchSettings(List.of(4), List.of(1), List.of(0), List.of(4), List.of(1), List.of(FLOW), 3, 0, 0);
        List<List<BenchRow>> seen = new ArrayList<>();
        TokenBench[] bench = new TokenBench[1];
        bench[0] = new TokenBench(facts, settings, new SameLimits(), line -> seen.add(bench[0].rows()));
        List<BenchRow> rows = bench[0].run(List.of(new Target("cpu", file), new Lost()), new Lost());
        assertEquals(List.of(0, 2, 4, 4, 4), seen.stream().map(List::size).toList(), "two targets are opened, then three rounds");
        List<BenchRow> before = seen.get(2);
        assertTrue(before.stream().limit(2).noneMatch(row -> row.complete() || row.measured()), before::toString);
        List<BenchRow> afterTwo = seen.get(4);
        assertEquals(2, ((BenchRow.Measured) afterTwo.getFirst().outcome()).samples().nanos().length);
        assertFalse(afterTwo.getFirst().complete());
        assertTrue(afterTwo.getLast().complete(), "what has failed is measured no more");
        assertTrue(rows.stream().allMatch(BenchRow::complete));
        assertEquals(rows.getFirst().target(), afterTwo.getFirst().target());
    }

    /** All layers on a device with so much memory. */
    private record Small(long bytes) implements BenchTarget {
        @Override
        public String device() {
            return "gpu:0";
        }

        @Override
        public String profile() {
            return "";
        }

        @Override
        public int threads() {
            return 1;
        }

        @Override
        public KvType kvType() {
            return KvType.F32;
        }

        @Override
        public Opened open() {
            FaultyBackend backend = new FaultyBackend("gpu:0", new Fault.LittleMemory(bytes));
            return new Opened(Engine.open(ModelLoader.load(file), new Backends(List.of(backend)), placement(backend.device())), 1, 2, 3);
        }

        static Placement placement(Device device) {
            return new Placement(device, List.of(new Placement.Run(0, TinyModel.LAYERS, device, StageOptions.DEFAULT, "")), device,
                    StageOptions.DEFAULT);
        }
    }

    @Test
    void targetsThatAreLargerTogetherThanTheirMemoryAreTold() {
        long bytes = 1 << 16;
        try (Model model = ModelLoader.load(file)) {
            while (tooMuch(model, bytes, 1)) {
                bytes *= 2;
            }
            assertTrue(tooMuch(model, bytes, 2), "half of it is too little for one");
        }
        BenchSettings settings = new BenchSettings(List.of(), List.of(1), List.of(0), List.of(4), List.of(1), List.of(FLOW), 1, 0, 0);
        List<String> lines = new ArrayList<>();
        TokenBench two = new TokenBench(facts, settings, HostLimits.UNKNOWN, lines::add);
        assertTrue(two.run(List.of(new Small(bytes), new Small(bytes)), new Lost()).stream().allMatch(BenchRow::measured));
        assertEquals(1, lines.stream().filter(line -> line.startsWith("the targets that are open take ")
                && line.endsWith(": measure them in runs of their own")).count(), lines::toString);
        lines.clear();
        new TokenBench(facts, settings, HostLimits.UNKNOWN, lines::add).run(List.of(new Small(bytes)), new Lost());
        assertTrue(lines.stream().noneMatch(line -> line.contains("together")), lines::toString);
    }

    private static boolean tooMuch(Model model, long bytes, int targets) {
        Device device = new FaultyBackend("gpu:0", new Fault.LittleMemory(bytes)).device();
        OpenMemory memory = new OpenMemory();
        for (int i = 0; i < targets; i++) {
            memory.add(model, Small.placement(device));
        }
        return memory.tooMuch().isPresent();
    }

    @Test
    void layersThatKeepKeysInDifferentWaysAreCountedEach() {
        try (Engine engine = Engine.open(file, "cpu")) {
            Model model = engine.model();
            Device cpu = engine.placement().output();
            StageOptions half = StageOptions.DEFAULT.withKvType(KvType.F16);
            Placement placement = new Placement(cpu, List.of(new Placement.Run(0, 1, cpu, half, ""),
                    new Placement.Run(1, TinyModel.LAYERS - 1, cpu, StageOptions.DEFAULT, "")), cpu, StageOptions.DEFAULT);
            TokenTest test = new TokenTest(0, 6, 10);
            long all = BytesPerToken.of(model, KvType.F32, test) - BytesPerToken.weights(model);
            long layer = all / TinyModel.LAYERS;
            assertEquals(all - layer / 2, BytesPerToken.of(model, placement, test) - BytesPerToken.weights(model));
            TargetFacts told = TargetFacts.of(new Target("cpu", file), model, placement, new FirstRun(1, 1, 1, 1, 1, 1), Optional.empty());
            assertEquals("f16/f32", told.kv());
            assertEquals(0, told.repackedBytes(), "F32 is read as it is stored");
        }
    }

    @Test
    void aTokenReadsEveryWeightOfADenseModelOnce() {
        try (Model model = ModelLoader.load(file)) {
            int dim = TinyModel.dim(TensorType.F32);
            int ffn = TinyModel.ffnDim(TensorType.F32);
            int layer = 2 * dim * dim + 2 * dim * dim / 2 + 3 * dim * ffn + 2 * dim + dim + 2 * dim / 2;
            int weights = TinyModel.LAYERS * layer + dim + dim + TinyModel.VOCAB * dim;
            assertEquals(4L * weights, BytesPerToken.weights(model));
            int kv = TinyModel.LAYERS * 2 * dim / 2 * (10 + 6 / 2);
            assertEquals(4L * (weights + kv), BytesPerToken.of(model, KvType.F32, new TokenTest(0, 6, 10)));
        }
    }

    @Test
    void aTokenReadsOnlyTheExpertsItGoesTo() {
        try (Model model = ModelLoader.load(Golden.folder("qwen2-moe"))) {
            long all = facts(model);
            long experts = (long) model.config().layers() * model.config().mixture().experts() * 3 * model.config().dim()
                    * model.config().mixture().expertDim() * 4;
            long unused = experts / model.config().mixture().experts()
                    * (model.config().mixture().experts() - model.config().mixture().used());
            long restOfEmbedding = model.tokenEmbedding().bytes() - model.tokenEmbedding().rowBytes();
            assertEquals(all - unused - restOfEmbedding, BytesPerToken.weights(model));
        }
    }

    private static long facts(Model model) {
        return ModelFacts.of(model).bytes();
    }

    @Test
    void aModelIsNamedByItsSizeAndType() {
        assertEquals("qwen2 0.1M F32", facts.type());
        assertEquals("494M", ModelFacts.size(494_032_768));
        assertEquals("7.6B", ModelFacts.size(7_615_616_512L));
        assertEquals("1.0B", ModelFacts.size(999_600_000));
    }
}
