package dev.qyclone.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.tokens.DeviceTime;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs once, at a tiny size. Nothing is timed here. */
class WholeTokenBenchTest {
    private static final float ROUNDING = 1e-4f;

    @TempDir
    private Path folder;

    private WholeTokenBench bench(String device) {
        WholeTokenBench bench = new WholeTokenBench();
        bench.model = TinyModel.write(folder, TensorType.F32).toString();
        bench.device = device;
        bench.tokens = 3;
        bench.threads = 2;
        bench.parity = 2;
        return bench;
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void aPromptAtOnceIsThePromptOneByOne(String device) throws IOException {
        WholeTokenBench bench = bench(device);
        bench.setUpModel();
        WholeTokenBench.PrefillRate prefill = new WholeTokenBench.PrefillRate();
        WholeTokenBench.DecodeRate decode = new WholeTokenBench.DecodeRate();
        float[] expected = bench.prefill(prefill, new WholeTokenBench.PerToken()).clone();
        float[] got = expected;
        for (int i = 0; i < 3; i++) {
            got = bench.decode(decode, new WholeTokenBench.PerToken());
        }
        assertArrayEquals(expected, got, ROUNDING);
        assertEquals(3, prefill.tokensPerSecond);
        assertEquals(3, decode.tokensPerSecond);
        assertTrue(prefill.gigaflopsPerSecond > 0 && decode.gigabytesPerSecond > 0);
        bench.close();
    }

    /** What devices launch is counted in {@code DeviceTimerTest}; here is what JMH divides by the seconds of all calls. */
    @Test
    void aTokensKernelsCountByTheSecondsOfItsCall() {
        WholeTokenBench.PerToken rate = new WholeTokenBench.PerToken();
        rate.add(new DeviceTime(146, 20e6, 10e6), 0.5);
        rate.add(new DeviceTime(146, 20e6, 10e6), 1.5);
        assertEquals(2 * 146, rate.launches, ROUNDING);
        assertEquals(2 * 20, rate.kernelMillis, ROUNDING);
        assertEquals(2 * 10, rate.hostMillis, ROUNDING);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theHostLaunchesNothing(boolean ofPrompt) throws IOException {
        WholeTokenBench bench = bench("cpu");
        bench.setUpModel();
        bench.timeKernels(ofPrompt);
        WholeTokenBench.PerToken rate = new WholeTokenBench.PerToken();
        bench.decode(new WholeTokenBench.DecodeRate(), rate);
        assertEquals(0, rate.launches + rate.kernelMillis + rate.hostMillis);
        bench.close();
    }

    @Test
    void withoutAFileWeightsAreDrawn() throws IOException {
        WholeTokenBench bench = bench("cpu");
        bench.model = "";
        bench.shape = "tiny";
        bench.type = TensorType.Q8_0;
        bench.setUpModel();
        assertTrue(bench.prefill(new WholeTokenBench.PrefillRate(), new WholeTokenBench.PerToken()).length > 0);
        bench.close();
    }

    @Test
    void withoutADeviceOrAShapeTheReasonIsTold() throws IOException {
        WholeTokenBench missing = bench("opencl:9:9");
        assertTrue(assertThrows(EngineException.class, missing::setUpModel).getMessage().contains("opencl:9:9 is not there"));
        missing.close();
        WholeTokenBench none = bench("cpu");
        none.model = "";
        none.shape = "qwen2-0.7b";
        assertThrows(IllegalArgumentException.class, none::setUpModel);
        none.close();
    }
}
