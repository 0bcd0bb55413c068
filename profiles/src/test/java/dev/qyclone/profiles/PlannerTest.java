package dev.qyclone.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.StageOptions;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlannerTest {
    private static final long MIB = 1L << 20;
    /** 10 layers of 10 MiB, 50 MiB of embedding, keys and values of 1 KiB per layer and position. */
    private static final Footprint MODEL = new Footprint(50 * MIB, Collections.nCopies(10, 10 * MIB), 0, 1024, List.of());

    @Test
    void whatFitsGetsTheModelsContextWithoutWarnings() {
        Plan plan = Planner.onOneDevice(MODEL, device(1024 * MIB), 32_768, 0, StageOptions.DEFAULT);
        assertEquals(32_768, plan.context());
        assertEquals(List.of(), plan.warnings());
        assertEquals(10, plan.placement().runs().getFirst().count());
    }

    @Test
    void theContextIsCutToTheMemoryAndTheUserIsTold() {
        Plan plan = Planner.onOneDevice(MODEL, device(250 * MIB), 32_768, 0, StageOptions.DEFAULT);
        assertEquals(10_240, plan.context());
        assertTrue(plan.warnings().getFirst().contains("from 32768 to 10240"), plan.warnings().toString());
    }

    @Test
    void anAskedContextThatDoesNotFitIsRefused() {
        EngineException e = assertThrows(EngineException.class, () -> Planner.onOneDevice(MODEL, device(250 * MIB), 32_768, 20_000,
                StageOptions.DEFAULT));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().contains("10240 positions"), e.getMessage());
    }

    @Test
    void aContextBeyondTheModelsIsRefused() {
        EngineException e = assertThrows(EngineException.class, () -> Planner.onOneDevice(MODEL, device(1024 * MIB), 1024, 1025,
                StageOptions.DEFAULT));
        assertEquals(ErrorCode.BAD_REQUEST, e.code());
    }

    @Test
    void weightsLargerThanTheMemoryAreAWarning() {
        Plan plan = Planner.onOneDevice(MODEL, device(100 * MIB), 512, 0, StageOptions.DEFAULT);
        assertEquals(512, plan.context());
        assertTrue(plan.warnings().getFirst().contains("larger than the memory"), plan.warnings().toString());
    }

    @Test
    void windowedLayersStopGrowing() {
        Footprint half = new Footprint(0, Collections.nCopies(4, MIB), 0, 1024, List.of(0, 0, 2048, 2048));
        assertEquals(4 * 1024 * 1000L, half.kv(1000));
        assertEquals(1024L * (2 * 32_768 + 2 * (2048 + 1024)), half.kv(32_768));
        assertEquals(32_768, half.positionsIn(half.kv(32_768), 100_000));
        assertEquals(32_767, half.positionsIn(half.kv(32_768) - 1, 100_000));
        Footprint all = new Footprint(0, Collections.nCopies(2, MIB), 0, 1024, List.of(16, 16));
        assertEquals(100_000, all.positionsIn(all.kv(5000), 100_000));
    }

    private static Device device(long memory) {
        return new Device("toy", DeviceKind.GPU, "nobody", "toy", memory, DeviceFacts.NONE, "");
    }
}
