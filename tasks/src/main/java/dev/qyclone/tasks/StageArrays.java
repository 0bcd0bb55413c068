package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * What the steps of a stage hand to each other on the device, for calls of up to {@code tokens} rows; and {@code sent}, what the host
 * uploads for a call: {@link Call}, then the angles, then the rows.
 */
final class StageArrays {
    final int tokens;
    final int turns;
    final int angleCount;
    final FloatArray sent;
    final IntArray call = new IntArray(Call.INTS);
    final IntArray cursor = new IntArray(Cursor.INTS);
    final FloatArray angles; // (tokens, 1 + turns, headDim): cosines, then sines, of the key's turn and of each of the query's
    final FloatArray x; // (tokens, dim)
    final FloatArray qkv; // (tokens, qDim + 2 kvDim)
    final FloatArray turned; // (turns, tokens, qDim)
    final FloatArray attended; // (tokens, qDim)
    final FloatArray gated; // (tokens, ffnDim); of a mixture (the widest of its experts)

    StageArrays(ModelConfig config, int tokens) {
        this.tokens = tokens;
        this.turns = config.attention().chunks().isNone() ? 1 : 3;
        this.angleCount = Math.multiplyExact(tokens, (1 + turns) * config.headDim());
        this.angles = new FloatArray(angleCount);
        this.x = rows(config.dim());
        this.sent = new FloatArray(Call.INTS + angleCount + x.getSize());
        this.qkv = rows(config.qDim() + 2 * config.kvDim());
        this.turned = rows(Math.multiplyExact(turns, config.qDim()));
        this.attended = rows(config.qDim());
        this.gated = rows(Math.max(config.ffnDim(), Math.max(config.mixture().expertDim(), config.mixture().sharedDim())));
    }

    private FloatArray rows(int width) {
        return new FloatArray(Math.multiplyExact(tokens, width));
    }
}
