package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;
import dev.qyclone.engine.tensor.TensorType;
import java.util.ServiceLoader;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the benchmarks of single kernels measure is right, and says how much it moves and computes. */
@Tag("device")
class KernelRunsTest {
    private static final ModelConfig SHAPE = PublishedShape.TINY.config();

    private static KernelRuns runs() {
        DeviceUnderTest.require();
        return ServiceLoader.load(KernelRuns.class).findFirst().orElseThrow();
    }

    @ParameterizedTest
    @EnumSource(KernelCase.Kind.class)
    void everyKernelIsRightBeforeItIsMeasured(KernelCase.Kind kind) {
        KernelCase which = new KernelCase(kind, SHAPE, TensorType.Q8_0, KernelFamily.FPGA, 3, 70);
        try (KernelRun run = runs().open("", which)) {
            run.run();
            assertTrue(run.error() <= run.tolerance(), kind + ": " + run.error());
            assertTrue(run.bytes() + run.operations() > 0, kind.toString());
            assertTrue(run.launches() >= 1 && run.kernelNanos() > 0, kind.toString());
        }
    }

    /** Deep enough for shares of the keys: a token's attention turns its queries itself, and leaves the cursor where it is sent again. */
    @ParameterizedTest
    @EnumSource(names = {"PARALLEL", "CONTEXT"})
    void attentionInSharesIsRightEachTime(KernelFamily family) {
        try (KernelRun run = runs().open("", new KernelCase(KernelCase.Kind.ATTENTION, SHAPE, TensorType.Q8_0, family, 1, 500))) {
            run.run();
            assertTrue(run.error() <= run.tolerance(), family + ": " + run.error());
            assertEquals(2, run.launches());
        }
    }

    @Test
    void aDeviceThatIsNotThereIsNamed() {
        KernelCase which = new KernelCase(KernelCase.Kind.COPY, SHAPE, TensorType.F32, KernelFamily.AUTO, 1, 1);
        EngineException e = assertThrows(EngineException.class, () -> runs().open("opencl:9:9", which));
        assertTrue(e.getMessage().contains("opencl:9:9"), e.getMessage());
    }
}
