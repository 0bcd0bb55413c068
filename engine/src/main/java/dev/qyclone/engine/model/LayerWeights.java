package dev.qyclone.engine.model;

import dev.qyclone.engine.tensor.Tensor;

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
 * @param gate (ffnDim, dim)
 * @param up (ffnDim, dim)
 * @param down (dim, ffnDim)
 */
public record LayerWeights(
        Tensor attnNorm, Tensor q, Tensor qBias, Tensor k, Tensor kBias, Tensor v, Tensor vBias, Tensor attnOut,
        Tensor ffnNorm, Tensor gate, Tensor up, Tensor down) {
}
