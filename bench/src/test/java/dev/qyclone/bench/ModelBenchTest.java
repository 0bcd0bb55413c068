package dev.qyclone.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs once, at a tiny size. Nothing is timed here. */
class ModelBenchTest {
    private static final float ROUNDING = 1e-4f;

    @TempDir
    private Path folder;

    private ModelBench bench(String device) {
        ModelBench bench = new ModelBench();
        bench.model = TinyModel.write(folder, TensorType.F32).toString();
        bench.device = device;
        bench.tokens = 3;
        return bench;
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void aPromptAtOnceIsThePromptOneByOne(String device) {
        ModelBench bench = bench(device);
        bench.setUp();
        ModelBench.Rate rate = new ModelBench.Rate();
        float[] expected = bench.prefill(rate).clone();
        float[] got = expected;
        for (int i = 0; i < 3; i++) {
            got = bench.decode(rate);
        }
        assertArrayEquals(expected, got, ROUNDING);
        assertEquals(6, rate.tokensPerSecond);
        bench.close();
    }

    @Test
    void withoutADeviceOrAModelTheReasonIsTold() {
        ModelBench missing = bench("opencl:9:9");
        assertTrue(assertThrows(EngineException.class, missing::setUp).getMessage().contains("opencl:9:9 is not there"));
        missing.close();
        ModelBench none = new ModelBench();
        none.model = "";
        assertThrows(IllegalArgumentException.class, none::setUp);
        none.close();
    }
}
