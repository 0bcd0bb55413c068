package dev.qyclone.tasks;

/**
 * What the steps of one layer made of a call, read back from the device.
 *
 * @param in (tokens, dim) before the layer
 * @param qkv (tokens, qDim + 2 kvDim)
 * @param turned (turns, tokens, qDim)
 * @param attended (tokens, qDim)
 * @param gated (tokens, ffnDim)
 * @param out (tokens, dim) after the layer
 */
record LayerTrace(float[] in, float[] qkv, float[] turned, float[] attended, float[] gated, float[] out) {
}
