package dev.qyclone.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.openjdk.jmh.annotations.Param;

/** Every benchmark sets up, agrees with the plain ops and runs once, at tiny sizes. Nothing is timed here. */
class BenchmarksRunTest {
    private static final long FEW_BYTES = 200_000;
    private static final long FEW_MEGABYTES = 4_000_000;

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void matVec(TensorType type) {
        MatVecBench bench = new MatVecBench();
        bench.type = type;
        bench.shape = "51x256";
        bench.threads = 2;
        bench.setUp(FEW_BYTES);
        MatVecBench.Rate rate = new MatVecBench.Rate();
        assertEquals(51, bench.multiply(rate).length);
        assertEquals(type.bytes(51 * 256) / 1e9, rate.gigabytesPerSecond, 1e-12);
        bench.close();
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void matMul(TensorType type) {
        MatMatBench bench = new MatMatBench();
        bench.type = type;
        bench.shape = "99x256";
        bench.tokens = 5;
        bench.threads = 2;
        bench.setUpOps();
        MatMatBench.Rate rate = new MatMatBench.Rate();
        assertEquals(5 * 99, bench.multiply(rate).length);
        assertEquals(2e-9 * 5 * 99 * 256, rate.gigaflopsPerSecond, 1e-12);
        bench.close();
    }

    @ParameterizedTest
    @EnumSource(KvType.class)
    void attention(KvType type) {
        AttentionBench bench = new AttentionBench();
        bench.depth = 70;
        bench.heads = "4/2/32";
        bench.kvType = type;
        bench.threads = 2;
        bench.setUp(FEW_BYTES);
        AttentionBench.Rate rate = new AttentionBench.Rate();
        assertEquals(4 * 32, bench.oneToken(rate).length);
        assertEquals(2e-9 * 70 * 2 * 32 * type.bytes(), rate.gigabytesPerSecond, 1e-12);
        bench.close();
    }

    @Test
    void windows() {
        double[] mebibytes = new double[2];
        for (int window : new int[] {0, 64}) {
            WindowBench bench = new WindowBench();
            bench.depth = 2000;
            bench.window = window;
            bench.sizes = "2/4/2/32";
            bench.kvType = KvType.F32;
            bench.threads = 2;
            bench.setUp();
            WindowBench.Held held = new WindowBench.Held();
            assertEquals(4 * 32, bench.oneToken(held).length);
            mebibytes[window / 64] = held.mebibytes;
            bench.close();
        }
        assertTrue(mebibytes[1] > 0 && mebibytes[1] < mebibytes[0]);
    }

    @Test
    void rmsNorm() {
        RmsNormBench bench = new RmsNormBench();
        bench.dim = 33;
        bench.tokens = 3;
        bench.threads = 2;
        bench.setUpOps();
        RmsNormBench.Rate rate = new RmsNormBench.Rate();
        assertEquals(99, bench.norm(rate).length);
        assertEquals(8e-9 * 99, rate.gigabytesPerSecond, 1e-15);
        bench.close();
    }

    @Test
    void workerPool() throws InterruptedException {
        WorkerPoolBench bench = new WorkerPoolBench();
        bench.threads = 3;
        bench.idle = 1;
        bench.setUp();
        bench.rest();
        bench.forkAndJoin();
        bench.close();
    }

    @Test
    void machineLimits() {
        MachineLimits bench = new MachineLimits();
        bench.threads = 2;
        bench.setUp(4 * FEW_MEGABYTES, 10);
        MachineLimits.ReadRate read = new MachineLimits.ReadRate();
        bench.read(read);
        assertTrue(read.gigabytesPerSecond > 0.5e-9 * FEW_MEGABYTES && read.gigabytesPerSecond <= 1e-9 * FEW_MEGABYTES);
        MachineLimits.MultiplyRate multiplied = new MachineLimits.MultiplyRate();
        bench.multiplyAdd(multiplied);
        assertTrue(multiplied.gigaflopsPerSecond > 0);
        bench.close();
    }

    /** With invented kernels: one is right, one is wrong, one is missing; how real ones do is tested beside them. */
    @Test
    void kernelsOfDevicesAreMeasuredWhereTheyAreThereAndRight() {
        KernelCase which = new KernelCase(KernelCase.Kind.PRODUCT, DeviceKernels.shape("tiny"), TensorType.F32, KernelFamily.AUTO, 1);
        DeviceRate rate = new DeviceRate();
        try (DeviceKernels kernels = DeviceKernels.open(Optional.of(new InventedKernels(new Availability.Ready(), 0)), "", which)) {
            kernels.measureLimits();
            kernels.run(rate);
        }
        assertEquals(2, rate.gigabytesPerSecond, 1e-12);
        assertEquals(3, rate.gigaflopsPerSecond, 1e-12);
        double seconds = rate.launches / 4;
        assertTrue(seconds > 0);
        assertEquals(-4e6, rate.kernelMicros / seconds, 1e-3);
        assertEquals(1e6, rate.hostMicrosPerLaunch / seconds, 1e5, "what kernels leave of a run, and each launch's part of it");
        assertTrue(rate.percentOfCopy > 0 && rate.percentOfMultiplyAdd > 0);
        assertThrows(IllegalStateException.class,
                () -> DeviceKernels.open(Optional.of(new InventedKernels(new Availability.Ready(), 1)), "", which));
        InventedKernels missing = new InventedKernels(new Availability.Missing("there is no SDK", "install one"), 0);
        DeviceKernels.Skipped skipped = assertThrows(DeviceKernels.Skipped.class,
                () -> DeviceKernels.open(Optional.of(missing), "", which));
        assertEquals("skipped: there is no SDK; install one", skipped.getMessage());
        assertThrows(DeviceKernels.Skipped.class, () -> DeviceKernels.open(Optional.empty(), "", which));
    }

    /** Each kernel has a shape for it where none is given; what a family lacks is skipped, and what fails is not. */
    @Test
    void stepsOfDevicesAreMeasuredWhereTheirFormHasThem() throws NoSuchFieldException {
        for (String kernel : DeviceStepBench.class.getDeclaredField("kernel").getAnnotation(Param.class).value()) {
            DeviceStepBench bench = new DeviceStepBench();
            bench.shape = "";
            bench.kernel = KernelCase.Kind.valueOf(kernel);
            bench.type = TensorType.Q8_0;
            bench.kvType = KvType.F16;
            bench.family = KernelFamily.PARALLEL;
            bench.tokens = 2;
            bench.depth = 7;
            KernelCase which = bench.which();
            assertEquals(kernel.equals("ROUTER") || kernel.equals("EXPERTS"), which.shape().mixture().experts() > 0, kernel);
            InventedKernels ready = new InventedKernels(new Availability.Ready(), 0);
            DeviceKernels.open(Optional.of(ready), "", which).close();
            assertEquals("skipped: no such step", assertThrows(DeviceKernels.Skipped.class,
                    () -> DeviceKernels.open(Optional.of(failing(ErrorCode.UNSUPPORTED)), "", which)).getMessage());
            assertThrows(EngineException.class, () -> DeviceKernels.open(Optional.of(failing(ErrorCode.DEVICE_FAILED)), "", which));
        }
    }

    private static KernelRuns failing(ErrorCode code) {
        return new KernelRuns() {
            @Override
            public Availability availability() {
                return new Availability.Ready();
            }

            @Override
            public KernelRun open(String device, KernelCase which) {
                throw new EngineException(code, "no such step");
            }
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"PRODUCT", "LAYER", "PANELS", "TOKENS_PRODUCT", "LOGITS"})
    void aTypeWhoseBlocksAShapesRowsDoNotHoldIsSkippedWithOneThatDoes(KernelCase.Kind kind) {
        Optional<KernelRuns> runs = Optional.of(new InventedKernels(new Availability.Ready(), 0));
        KernelCase part = new KernelCase(kind, DeviceKernels.shape("qwen2-0.5b"), TensorType.Q4_K, KernelFamily.AUTO, 1);
        DeviceKernels.Skipped skipped = assertThrows(DeviceKernels.Skipped.class, () -> DeviceKernels.open(runs, "", part));
        assertEquals("skipped: rows of 896 weights hold no whole blocks of Q4_K (256); name a shape whose rows do, such as "
                + "-p shape=qwen1.5-0.5b", skipped.getMessage());
        for (TensorType type : TensorType.values()) {
            DeviceKernels.open(runs, "", new KernelCase(kind, DeviceKernels.shape("qwen1.5-0.5b"), type, KernelFamily.AUTO, 1)).close();
        }
    }

    /** The parameters that JMH takes where none are given. */
    @Test
    void theProductsOfDevicesAreOfAShapeForEveryType() throws NoSuchFieldException {
        String[] shapes = DeviceProductBench.class.getDeclaredField("shape").getAnnotation(Param.class).value();
        String[] types = DeviceProductBench.class.getDeclaredField("type").getAnnotation(Param.class).value();
        for (String type : types) {
            assertEquals(0, DeviceKernels.shape(shapes[0]).dim() % TensorType.valueOf(type).blockSize(), type);
        }
    }

    @Test
    void wrongResultsStopABenchmark() {
        assertThrows(IllegalStateException.class,
                () -> Correctness.requireClose(new float[] {1, 2}, new float[] {1, 2.001f}, "a result"));
        assertThrows(IllegalStateException.class,
                () -> Correctness.requireClose(new float[] {1, 2}, new float[] {1, Float.NaN}, "a result"));
    }

    @Test
    void jmhFindsThemAll() throws IOException {
        try (InputStream in = MatVecBench.class.getResourceAsStream("/META-INF/BenchmarkList")) {
            String list = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (Class<?> bench : new Class<?>[] {MatVecBench.class, MatMatBench.class, AttentionBench.class, WindowBench.class,
                    RmsNormBench.class, MachineLimits.class, DeviceProductBench.class, DeviceStepBench.class,
                    DeviceLayerBench.class, LayerBench.class, WholeTokenBench.class, WorkerPoolBench.class}) {
                assertTrue(list.contains(bench.getName()), bench.getName());
            }
        }
    }
}
