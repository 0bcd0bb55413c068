package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.PanelProducts;
import dev.qyclone.tasks.kernels.Role;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/**
 * Products by tiles, for GPUs: of the weights as they are packed, with bias, sum and activation in the kernel of the product.
 *
 * @param gateInput what gates and ups are multiplied with, (tokens, cols)
 * @param gated what comes of them, (tokens, width)
 * @param bias an array for products without a bias, which read nothing of it
 */
record BatchTiles(TileSteps tiles, FloatArray gateInput, FloatArray gated, FloatArray bias) implements BatchProducts {
    @Override
    public void gateUp(String step, String swiGlu, StackedMatrix weights, int width) {
        tiles.steps().own(bias);
        tiles.product(step, gateInput, weights, bias, gated, width, Role.CURRENT_LAYER);
    }

    @Override
    public void product(String step, int cell, FloatArray x, StackedMatrix weights, FloatArray bias, FloatArray out, int mode) {
        tiles.steps().own(bias);
        tiles.product(step, x, weights, bias, out, weights.rows(), role(mode) | (cell == Cursor.CURRENT ? Role.CURRENT_LAYER : 0));
    }

    private static int role(int mode) {
        return switch (mode) {
            case PanelProducts.SET -> 0;
            case PanelProducts.ADD -> Role.ADDED;
            case PanelProducts.BIAS -> Role.BIASED;
            default -> throw new IllegalArgumentException("mode " + mode);
        };
    }
}
