package dev.qyclone.engine.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.ops.PreparedWeights;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class CpuSelfCheckTest {
    private static final ModelConfig TINY = PublishedShape.TINY.config();

    private static CheckRequest request(ModelConfig config, Set<TensorType> types, boolean rates) {
        return new CheckRequest(config, types, List.of(KernelFamily.AUTO), rates);
    }

    @Test
    void bothDevicesOfTheHostAreRightForEveryType() {
        try (Backend cpu = new CpuBackend.Provider().create(new BackendOptions(2))) {
            for (Device device : cpu.devices()) {
                CheckReport report = cpu.check(device, request(TINY, EnumSet.allOf(TensorType.class), false));
                assertTrue(report.passed(), report.rows().toString());
                assertEquals(device, report.device());
                Set<String> products = report.rows().stream().filter(row -> row.kernel().equals("decode product")).map(CheckRow::type)
                        .collect(Collectors.toSet());
                assertEquals(TensorType.values().length, products.size(), products.toString());
                assertEquals(List.of("Q4_0", "Q4_1", "Q4_K", "Q5_0", "Q5_1", "Q5_K", "Q6_K"),
                        report.rows().stream().filter(row -> row.kernel().equals("decode product of copies")).map(CheckRow::type)
                                .distinct().sorted().toList());
            }
        }
    }

    /** What decode reads by default is what is tried: copies, made of weights of their own, so that the stored ones are tried as well. */
    @Test
    void theOpsCopyWhatIsTriedAsCopies() {
        try (CpuTrials trials = new CpuTrials(request(TINY, EnumSet.of(TensorType.Q4_0), false)); WorkerPool pool = new WorkerPool(1)) {
            trials.all();
            List<Tensor> repacked = trials.repacked();
            try (PreparedWeights copies = new VectorOps(pool).prepare(repacked, true)) {
                assertEquals(repacked.stream().mapToLong(PreparedWeights::bytesOf).sum(), copies.bytes());
                assertTrue(copies.bytes() > 0);
            }
        }
    }

    @ParameterizedTest
    @EnumSource(value = PublishedShape.class, names = {"TINY_MOE", "TINY_QWEN1", "QWEN2_0_5B"})
    void shapesOfAllKindsAreRight(PublishedShape shape) {
        try (Backend cpu = new CpuBackend.Provider().create(new BackendOptions(2))) {
            CheckReport report = cpu.check(cpu.devices().getFirst(), request(shape.config(), EnumSet.of(TensorType.Q8_0), false));
            assertTrue(report.passed(), report.rows().toString());
        }
    }

    @Test
    void onlyTheTypesThatAreAskedForAreTriedAndTheirRatesMeasured() {
        try (Backend cpu = new CpuBackend.Provider().create(new BackendOptions(1))) {
            CheckReport report = cpu.check(cpu.devices().getFirst(), request(TINY, EnumSet.of(TensorType.Q8_0), true));
            assertEquals(Set.of("-", "Q8_0", "F32", "F16"), report.rows().stream().map(CheckRow::type).collect(Collectors.toSet()));
            assertTrue(report.rows().stream().allMatch(row -> row.rate() > 0 && !row.rateUnit().isEmpty()), report.rows().toString());
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.Kernel.class)
    void aWrongKernelIsFoundAndOnlyThatOne(Fault.Kernel kernel) {
        assertFound(new Fault.WrongKernel(kernel), kernel, CheckRow.Verdict.WRONG);
    }

    @ParameterizedTest
    @EnumSource(Fault.Kernel.class)
    void aKernelThatCannotRunIsFoundAndOnlyThatOne(Fault.Kernel kernel) {
        assertFound(new Fault.BrokenKernel(kernel), kernel, CheckRow.Verdict.FAILED);
    }

    /** Kernels that have read arrays of the heap once are compiled for both from then on, and run at a fraction of their speed. */
    @Test
    void weightsLieOutsideTheHeapAsThoseOfModels() {
        Set<Boolean> outside = new HashSet<>();
        try (CpuTrials trials = new CpuTrials(request(TINY, EnumSet.allOf(TensorType.class), false)); WorkerPool pool = new WorkerPool(1)) {
            Ops looking = new WeightsSeen(new ScalarOps(pool), weight -> outside.add(weight.data().isNative()));
            trials.all().forEach(trial -> trial.call().on(looking, trial.start().clone()));
        }
        assertEquals(Set.of(true), outside);
    }

    private static void assertFound(Fault fault, Fault.Kernel kernel, CheckRow.Verdict verdict) {
        try (FaultyBackend backend = new FaultyBackend("gpu:0", fault)) {
            CheckReport report = backend.check(backend.device(), request(TINY, EnumSet.of(TensorType.F32, TensorType.Q4_0), false));
            String part = kernel.name().toLowerCase(Locale.ROOT);
            for (CheckRow row : report.rows()) {
                boolean spoiled = row.kernel().contains(part);
                assertEquals(spoiled ? verdict : CheckRow.Verdict.OK, row.verdict(), row.toString());
            }
            assertTrue(report.rows().stream().anyMatch(row -> row.kernel().contains(part)), report.rows().toString());
        }
    }
}
