package dev.qyclone.bench;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Runs once, at a tiny size. Nothing is timed here. */
class LayerBenchTest {
    private static LayerBench bench(String device, int tokens, int depth) {
        LayerBench bench = new LayerBench();
        bench.device = device;
        bench.shape = "tiny";
        bench.type = TensorType.Q8_0;
        bench.tokens = tokens;
        bench.depth = depth;
        bench.threads = 2;
        return bench;
    }

    @ParameterizedTest
    @ValueSource(strings = {"cpu", "cpu:scalar"})
    void everyCallComputesTheSame(String device) throws IOException {
        for (int tokens : new int[] {1, 5}) {
            LayerBench bench = bench(device, tokens, 7);
            bench.setUpStage();
            LayerBench.Rate rate = new LayerBench.Rate();
            float[] once = bench.forward(rate).clone();
            assertArrayEquals(once, bench.forward(rate), "the cache begins at its depth again");
            assertTrue(rate.layersPerSecond > 0 && rate.layersPerSecond % 2 == 0, "two calls: " + rate.layersPerSecond);
            assertTrue(rate.gigabytesPerSecond > 0 && rate.gigaflopsPerSecond > 0);
            bench.close();
        }
    }

    @Test
    void aPromptOfManyRowsReadsTheWeightsOnce() throws IOException {
        double[] bytes = new double[2];
        double[] flops = new double[2];
        for (int i = 0; i < 2; i++) {
            LayerBench bench = bench("cpu", i == 0 ? 1 : 4, 0);
            bench.setUpStage();
            LayerBench.Rate rate = new LayerBench.Rate();
            bench.forward(rate);
            bytes[i] = rate.gigabytesPerSecond;
            flops[i] = rate.gigaflopsPerSecond;
            bench.close();
        }
        assertEquals(bytes[0], bytes[1], 1e-12);
        assertTrue(flops[1] > 4 * flops[0], "and attention grows faster than the rows");
    }

    @Test
    void aDeviceThatIsMissingIsToldByName() throws IOException {
        LayerBench bench = bench("opencl:9:9", 1, 0);
        assertTrue(assertThrows(EngineException.class, bench::setUpStage).getMessage().contains("opencl:9:9 is not there"));
        bench.close();
    }
}
