package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.TensorType;
import java.util.EnumSet;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What the benchmarks of single kernels measure is right, and says how much it moves and computes. */
@Tag("device")
class KernelRunsTest {
    private static final ModelConfig SHAPE = PublishedShape.TINY.config();
    private static final ModelConfig MIXTURE = PublishedShape.TINY_MOE.config();
    private static final Set<KernelCase.Kind> MIXTURES = EnumSet.of(KernelCase.Kind.ROUTER, KernelCase.Kind.EXPERTS);
    /** What has one form, or is measured one token at a time. */
    private static final Set<KernelCase.Kind> ALONE = EnumSet.of(KernelCase.Kind.COPY, KernelCase.Kind.MULTIPLY_ADD,
            KernelCase.Kind.PRODUCT, KernelCase.Kind.LOGITS, KernelCase.Kind.LARGEST);
    private static final int ROWS = 11;
    private static final int DEPTH = 70;

    private static KernelRuns runs() {
        DeviceUnderTest.require();
        return ServiceLoader.load(KernelRuns.class).findFirst().orElseThrow();
    }

    /** Steps of a layer in each form that is a kernel of its own, for one token and for many, and the rest once. */
    static Stream<KernelCase> cases() {
        Stream<KernelCase> single = Stream.of(KernelCase.Kind.COPY, KernelCase.Kind.MULTIPLY_ADD, KernelCase.Kind.PRODUCT,
                KernelCase.Kind.LOGITS, KernelCase.Kind.LARGEST, KernelCase.Kind.LAYER, KernelCase.Kind.ROPE,
                KernelCase.Kind.ATTENTION, KernelCase.Kind.ROUTER, KernelCase.Kind.EXPERTS)
                .map(kind -> which(kind, KvType.F32, KernelFamily.FPGA, 1));
        Stream<KernelCase> lanes = Stream.of(KernelCase.Kind.values()).filter(kind -> !ALONE.contains(kind))
                .map(kind -> which(kind, KvType.F16, KernelFamily.PARALLEL, ROWS));
        Stream<KernelCase> groups = Stream.of(KernelCase.Kind.NORM, KernelCase.Kind.ATTENTION, KernelCase.Kind.ROUTER,
                KernelCase.Kind.EXPERTS).map(kind -> which(kind, KvType.F32, KernelFamily.CONTEXT, ROWS));
        Stream<KernelCase> token = Stream.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT).flatMap(family -> Stream.of(
                which(KernelCase.Kind.ATTENTION, KvType.F16, family, 1), which(KernelCase.Kind.ATTENTION, KvType.F32, family, 1),
                which(KernelCase.Kind.EXPERTS, KvType.F32, family, 1)));
        return Stream.of(single, lanes, groups, token).flatMap(all -> all);
    }

    private static KernelCase which(KernelCase.Kind kind, KvType kvType, KernelFamily family, int tokens) {
        return new KernelCase(kind, MIXTURES.contains(kind) ? MIXTURE : SHAPE, TensorType.Q8_0, kvType, family, tokens, DEPTH);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void everyKernelIsRightBeforeItIsMeasured(KernelCase which) {
        try (KernelRun run = runs().open("", which)) {
            run.run();
            run.run();
            assertTrue(run.error() <= run.tolerance(), which + ": " + run.error());
            assertTrue(run.bytes() + run.operations() > 0, which.toString());
            assertTrue(run.launches() >= 1 && run.kernelNanos() > 0, which.toString());
        }
    }

    @Test
    void ofAStepOnlyItsOwnKernelsRun() {
        try (KernelRun norm = runs().open("", which(KernelCase.Kind.NORM, KvType.F32, KernelFamily.PARALLEL, ROWS));
                KernelRun experts = runs().open("", which(KernelCase.Kind.EXPERTS, KvType.F32, KernelFamily.PARALLEL, ROWS))) {
            assertEquals(1, norm.launches());
            assertEquals(3, experts.launches(), "gates and ups, the activation, and downs");
        }
    }

    @Test
    void aStepThatThereIsNotIsNamedWithThoseThatThereAre() {
        EngineException fused = assertThrows(EngineException.class,
                () -> runs().open("", which(KernelCase.Kind.SWIGLU, KvType.F32, KernelFamily.PARALLEL, 1)));
        assertEquals(ErrorCode.UNSUPPORTED, fused.code());
        assertTrue(fused.getMessage().contains("no step for SWIGLU in a call of 1") && fused.getMessage().contains("ffn_norm_gate_up"),
                fused.getMessage());
        EngineException dense = assertThrows(EngineException.class, () -> runs().open("",
                new KernelCase(KernelCase.Kind.EXPERTS, SHAPE, TensorType.F32, KernelFamily.PARALLEL, 1)));
        assertEquals(ErrorCode.UNSUPPORTED, dense.code());
    }

    @Test
    void callsThatNoGraphTakesAreRefused() {
        for (KernelCase which : List.of(which(KernelCase.Kind.ROPE, KvType.F32, KernelFamily.FPGA, 2),
                which(KernelCase.Kind.ROPE, KvType.F32, KernelFamily.PARALLEL, 129),
                which(KernelCase.Kind.LOGITS, KvType.F32, KernelFamily.PARALLEL, 2))) {
            EngineException e = assertThrows(EngineException.class, () -> runs().open("", which));
            assertEquals(ErrorCode.UNSUPPORTED, e.code(), e.getMessage());
        }
    }

    /** Deep enough for shares of the keys: a token's attention turns its queries itself, and leaves the cursor at the next layer. */
    @ParameterizedTest
    @EnumSource(names = {"PARALLEL", "CONTEXT"})
    void attentionInSharesIsRightEachTime(KernelFamily family) {
        KernelCase deep = new KernelCase(KernelCase.Kind.ATTENTION, SHAPE, TensorType.Q8_0, KvType.F32, family, 1, 500);
        try (KernelRun run = runs().open("", deep)) {
            run.run();
            assertTrue(run.error() <= run.tolerance(), family + ": " + run.error());
            assertEquals(3, run.launches(), "the shares, the merge, and what begins a call: it puts the cursor back");
        }
    }

    @Test
    void aDeviceThatIsNotThereIsNamed() {
        KernelCase which = new KernelCase(KernelCase.Kind.COPY, SHAPE, TensorType.F32, KernelFamily.AUTO, 1);
        EngineException e = assertThrows(EngineException.class, () -> runs().open("opencl:9:9", which));
        assertTrue(e.getMessage().contains("opencl:9:9"), e.getMessage());
    }
}
