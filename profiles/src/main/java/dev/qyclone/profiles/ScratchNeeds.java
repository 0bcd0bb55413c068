package dev.qyclone.profiles;

import dev.qyclone.engine.model.MixtureConfig;
import dev.qyclone.engine.model.ModelConfig;

/**
 * Working memory of stages, in bytes.
 *
 * @param hostRow of a run of layers on the host, per row of its largest call
 * @param deviceRow of a run of layers elsewhere, per row of its largest call
 * @param deviceFixed of a run of layers elsewhere, whatever its calls: what travels when sessions take turns, weights on their
 *     way, and of a mixture the rows that its experts' products have unpacked at a time
 * @param unpackedRow of a run of layers elsewhere whose kernels unpack weights for calls of many rows, besides, per row: sums before
 *     they are activated
 * @param unpackedMatrix of such a run, besides: the largest matrix in floats, one array
 * @param output of the output stage: a row and the logits
 * @param deviceOutput of an output stage elsewhere, besides: weights on their way
 */
public record ScratchNeeds(long hostRow, long deviceRow, long deviceFixed, long unpackedRow, long unpackedMatrix, long output,
        long deviceOutput) {
    /** Rows of experts that a device has unpacked at a time. */
    private static final long STRIPE_ROWS = 4096;
    /** What a device notes of one of a token's experts. */
    private static final long CHOICE_INTS = 4;

    /** As module tasks sends weights: bytes from which on a matrix goes in pieces; they are so small a part of it, and so large at most. */
    private static final long LARGE = 256 << 20;
    private static final int PIECES = 32;
    private static final long LARGEST_PIECE = 16 << 20;

    /** Elements of keys or values that travel at once. */
    private static final long TRAVELLING = 1 << 18;
    /** Queries that one item of a device's attention takes, and what it works with: scores, sums, largest ones, a tile of keys. */
    private static final long QUERIES = 4;
    private static final long TILE_ROWS = 16;

    /**
     * What the steps of a layer hand to each other, as the layers of the host and of devices declare it.
     *
     * @param floats if all matrices are F32: a device has none of them unpacked
     * @param weights bytes of all layers' weights as a device has them
     * @param outputWeights likewise of the output matrix
     */
    static ScratchNeeds of(ModelConfig config, boolean floats, long weights, long outputWeights) {
        MixtureConfig mixture = config.mixture();
        boolean dense = mixture.experts() == 0;
        long dim = config.dim();
        long qkv = config.qDim() + 2L * config.kvDim();
        long widest = dense ? config.ffnDim() : Math.max(mixture.expertDim(), mixture.sharedDim());
        long turns = config.attention().chunks().isNone() ? 1 : 3;
        long host = 2 * dim + (turns + 1) * config.qDim() + 2L * config.kvDim() + 2 * widest + mixture.experts() + (dense ? 0 : dim);
        // Hidden states twice, for the host and for the device, the angles likewise; normed, qkv, turned, attended, gated.
        long angles = (1 + turns) * config.headDim();
        long attention = Math.ceilDiv(config.heads(), QUERIES)
                * (2 * QUERIES * TILE_ROWS + (QUERIES + TILE_ROWS) * padded(config.headDim()) + TILE_ROWS);
        long device = attention + 3 * dim
                + 2 * angles + qkv + (turns + 1) * config.qDim() + Math.max(config.ffnDim(), widest);
        // Of a mixture besides: scores, and for each of a token's experts the gates and ups, what comes of them, and the result.
        long choices = mixture.used() * (3L * padded(mixture.expertDim()) + padded(config.dim()) + CHOICE_INTS);
        long routed = dense ? 0 : choices + mixture.experts() + dim + 1;
        long stripes = dense ? 0 : STRIPE_ROWS * Math.max(dim, mixture.expertDim());
        long sums = padded(Math.max(Math.max(qkv, 2 * widest), Math.max(dim, mixture.experts())));
        long matrix = Math.max(dim * padded(Math.max(qkv, Math.max(2 * widest, mixture.experts()))),
                padded(dim) * Math.max(config.qDim(), widest));
        long output = dim + config.vocab();
        return new ScratchNeeds(Float.BYTES * host, Float.BYTES * (device + routed), Float.BYTES * (TRAVELLING + stripes) + piece(weights),
                Float.BYTES * sums, floats ? 0 : Float.BYTES * matrix, Float.BYTES * output, piece(outputWeights));
    }

    /** The largest piece of these weights that is on its way at a time: it has two places on the device then. */
    private static long piece(long weights) {
        return weights < LARGE ? 0 : Math.min(LARGEST_PIECE, weights / PIECES);
    }

    private static long padded(long rows) {
        return (rows + 15) / 16 * 16;
    }
}
