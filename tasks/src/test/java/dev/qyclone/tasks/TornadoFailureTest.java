package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.function.BiConsumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.exceptions.TornadoInternalError;
import uk.ac.manchester.tornado.api.exceptions.TornadoOutOfMemoryException;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** What TornadoVM throws while graphs run, much of it Errors, comes out as one line with a code. */
class TornadoFailureTest {
    private static final int COUNT = 64;
    private static final String COLOURED = "\u001B[31mno such\nbuffer\u001B[0m Stacktrace: at a.B.c\n at d.E.f";

    /** Throws where a graph would run. */
    private static final class BrokenDriver extends LaunchClock {
        private Error thrown;

        @Override
        TornadoExecutionResult run(TornadoExecutionPlan plan, int steps) {
            if (thrown != null) {
                throw thrown;
            }
            return super.run(plan, steps);
        }

        @Override
        synchronized TornadoExecutionResult profiled(TornadoExecutionPlan plan) {
            if (thrown != null) {
                throw thrown;
            }
            return super.profiled(plan);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("device")
    void anErrorWhileAGraphRunsIsOneLine(boolean timed) {
        BiConsumer<GraphChain, Steps> call = timed ? GraphChain::times : GraphChain::run;
        BrokenDriver driver = new BrokenDriver();
        IntArray values = new IntArray(COUNT);
        try (GraphChain chain = new GraphChain(WorkGroups.upTo(COUNT), new GraphTools(new OpeningClock(false), driver))) {
            Steps steps = chain.next("touched").own(values);
            steps.overItems("touch", COUNT, (graph, task) -> graph.task(task, FailedOpeningTest::touch, values, COUNT));
            chain.open(DeviceUnderTest.tornado(), () -> { });
            call.accept(chain, steps);
            driver.thrown = new TornadoInternalError(COLOURED);
            EngineException e = assertThrows(EngineException.class, () -> call.accept(chain, steps));
            assertEquals(ErrorCode.DEVICE_FAILED, e.code());
            assertTrue(e.getMessage().startsWith("the device failed in graph touched: no such buffer; "), e.getMessage());
            assertFalse(e.getMessage().contains("a.B.c"), e.getMessage());
            driver.thrown = new OutOfMemoryError("the JVM's own");
            assertSame(driver.thrown, assertThrows(OutOfMemoryError.class, () -> call.accept(chain, steps)));
        }
    }

    @Test
    void aDeviceWithoutMemorySaysSoWheneverItIs() {
        TornadoOutOfMemoryException full = new TornadoOutOfMemoryException(COLOURED);
        for (RuntimeException e : new RuntimeException[] {TornadoFailure.of("graph g", full), TornadoFailure.running("graph g", full)}) {
            assertEquals(ErrorCode.OUT_OF_MEMORY, ((EngineException) e).code());
            assertTrue(e.getMessage().contains("no memory for graph g: no such buffer"), e.getMessage());
        }
    }
}
