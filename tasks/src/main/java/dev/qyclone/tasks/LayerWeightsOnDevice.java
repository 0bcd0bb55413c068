package dev.qyclone.tasks;

import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.tensor.Tensor;
import java.util.List;
import java.util.function.Function;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The weights of a stage's layers, those of one role stacked in one array, so that the layers share each kernel. */
final class LayerWeightsOnDevice {
    final FloatArray attnNorm; // (layers, dim)
    final FloatArray qkv; // (layers, qDim + 2 kvDim, dim)
    final FloatArray qkvBias; // (layers, qDim + 2 kvDim)
    final FloatArray attnOut; // (layers, dim, qDim)
    final FloatArray ffnNorm; // (layers, dim)
    final FloatArray gate; // (layers, ffnDim, dim)
    final FloatArray up; // (layers, ffnDim, dim)
    final FloatArray down; // (layers, dim, ffnDim)

    LayerWeightsOnDevice(List<LayerWeights> layers) {
        this.attnNorm = stack(layers, layer -> List.of(layer.attnNorm()));
        this.qkv = stack(layers, layer -> List.of(layer.q(), layer.k(), layer.v()));
        this.qkvBias = stack(layers, layer -> List.of(layer.qBias(), layer.kBias(), layer.vBias()));
        this.attnOut = stack(layers, layer -> List.of(layer.attnOut()));
        this.ffnNorm = stack(layers, layer -> List.of(layer.ffnNorm()));
        this.gate = stack(layers, layer -> List.of(dense(layer).gate()));
        this.up = stack(layers, layer -> List.of(dense(layer).up()));
        this.down = stack(layers, layer -> List.of(dense(layer).down()));
    }

    private static FeedForward.Dense dense(LayerWeights layer) {
        return (FeedForward.Dense) layer.ffn();
    }

    private static FloatArray stack(List<LayerWeights> layers, Function<LayerWeights, List<Tensor>> role) {
        long size = layers.stream().flatMap(layer -> role.apply(layer).stream()).mapToLong(Tensor::elements).sum();
        FloatArray stacked = new FloatArray(Math.toIntExact(size));
        int at = 0;
        for (LayerWeights layer : layers) {
            for (Tensor tensor : role.apply(layer)) {
                at = copy(tensor, stacked, at);
            }
        }
        return stacked;
    }

    static int copy(Tensor tensor, FloatArray target, int at) {
        float[] row = new float[Math.toIntExact(tensor.cols())];
        int next = at;
        for (long r = 0; r < tensor.rows(); r++) {
            tensor.decodeRow(r, row, 0);
            for (float value : row) {
                target.set(next++, value);
            }
        }
        return next;
    }
}
