package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import java.lang.foreign.MemorySegment;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Stacks of weights longer than an array can be are refused in one line before memory is taken; these weights lie nowhere. */
class ArrayLimitTest {
    private static final int DIM = 2048;

    private static Tensor matrix(TensorType type, long rows, long cols) {
        return new Tensor("w", type, new long[] {rows, cols}, MemorySegment.NULL.reinterpret(type.bytes(rows * cols)));
    }

    private static FeedForward.Dense dense(TensorType type, long width) {
        return new FeedForward.Dense(matrix(type, width, DIM), matrix(type, width, DIM), matrix(type, DIM, width));
    }

    /** Of Qwen1.5-MoE-A2.7B. */
    private static List<LayerWeights> layers(TensorType type, int count) {
        Tensor vector = matrix(TensorType.F32, 1, DIM);
        Tensor square = matrix(type, DIM, DIM);
        FeedForward experts = new FeedForward.Mixture(matrix(TensorType.F32, 60, DIM), Collections.nCopies(60, dense(type, 1408)),
                matrix(TensorType.F32, 1, DIM), dense(type, 5632));
        LayerWeights layer = new LayerWeights(vector, square, vector, square, vector, square, vector, square, vector, experts);
        return Collections.nCopies(count, layer);
    }

    @Test
    void expertsOfAllLayersAreTooManyForOneRun() {
        EngineException e;
        try (HostArrays arrays = new HostArrays()) {
            e = assertThrows(EngineException.class, () -> new LayerWeightsOnDevice(layers(TensorType.F16, 24), arrays));
        }
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertTrue(e.getMessage().startsWith("experts' gates and ups of 24 layers as F16 do not fit into one array of a device: "
                + "expected at most 2^31 elements, got 4152360960"), e.getMessage());
        assertThrows(EngineException.class, () -> LayerWeightsOnDevice.requireIndexable(layers(TensorType.F32, 12)));
    }

    @Test
    void fewerLayersFit() {
        assertDoesNotThrow(() -> LayerWeightsOnDevice.requireIndexable(layers(TensorType.F16, 12)));
        assertDoesNotThrow(() -> LayerWeightsOnDevice.requireIndexable(layers(TensorType.Q8_0, 24)));
        assertDoesNotThrow(() -> LayerWeightsOnDevice.requireIndexable(layers(TensorType.F32, 6)));
    }
}
