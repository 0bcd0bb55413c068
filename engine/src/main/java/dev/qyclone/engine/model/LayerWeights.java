package dev.qyclone.engine.model;

import dev.qyclone.engine.tensor.Tensor;
import java.util.stream.Stream;

/**
 * The weights of one layer.
 *
 * @param attnNorm (dim)
 * @param q (qDim, dim)
 * @param qBias (qDim)
 * @param k (kvDim, dim)
 * @param kBias (kvDim)
 * @param v (kvDim, dim)
 * @param vBias (kvDim)
 * @param attnOut (dim, qDim)
 * @param ffnNorm (dim)
 */
public record LayerWeights(
        Tensor attnNorm, Tensor q, Tensor qBias, Tensor k, Tensor kBias, Tensor v, Tensor vBias, Tensor attnOut,
        Tensor ffnNorm, FeedForward ffn) {

    /** All of them. */
    public Stream<Tensor> tensors() {
        return Stream.concat(Stream.of(attnNorm, q, qBias, k, kBias, v, vBias, attnOut, ffnNorm), ffn.tensors());
    }
}
