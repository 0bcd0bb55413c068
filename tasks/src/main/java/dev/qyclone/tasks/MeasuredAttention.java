package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.RopeKernels;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** One token's attention; keys and values come from the host, put in their places by the rope kernel run as Java. */
final class MeasuredAttention {
    private MeasuredAttention() {
    }

    static KernelRun open(TornadoDevice tornado, KernelForms forms, KernelCase which) {
        ModelConfig config = which.shape();
        int depth = which.depth();
        int width = config.qDim() + 2 * config.kvDim();
        HostArrays arrays = new HostArrays();
        KvPool pool = new KvPool(config, 0, new int[1], StageOptions.DEFAULT.withContext(depth).withBatch(1), arrays);
        StageArrays one = new StageArrays(config, 1);
        one.call.init(0);
        one.cursor.init(0);
        float[] keys = new float[depth * config.kvDim()];
        float[] values = new float[depth * config.kvDim()];
        // Turned by no angle: a key is what comes in.
        for (int i = 0; i < one.angleCount; i++) {
            one.angles.set(i, i % config.headDim() < config.headDim() / 2 ? 1f : 0f);
        }
        int pairs = config.headDim() / 2;
        int items = (config.heads() + config.kvHeads()) * pairs;
        FloatArray drawn = Measured.gaussian(256 + width);
        for (int t = 0; t < depth; t++) {
            for (int i = 0; i < width; i++) {
                one.qkv.set(i, drawn.get(t % 256 + i));
            }
            one.call.set(Call.POSITION, t);
            one.call.set(Call.TOKENS, 1);
            RopeKernels.ropeAndKeep(one.call, one.cursor, pool.layers, one.angles, one.qkv, one.turned, (FloatArray) pool.keys,
                    (FloatArray) pool.values, items, 1, config.heads(), config.kvHeads(), pairs, 1);
            for (int i = 0; i < config.kvDim(); i++) {
                keys[t * config.kvDim() + i] = one.qkv.get(config.qDim() + i);
                values[t * config.kvDim() + i] = one.qkv.get(config.qDim() + config.kvDim() + i);
            }
        }
        float[] wanted = new float[config.qDim()];
        AttentionPolicy policy = AttentionPolicy.full(RopeTable.plain(config.ropeBase(), config.headDim()));
        try (KvCache cache = new KvCache(config.kvHeads(), config.headDim(), depth, KvType.F32)) {
            cache.append(keys, values, depth);
            Measured.reference(ops -> ops.attention(one.turned.toHeapArray(), cache, policy, wanted, 1, config.heads(), depth - 1));
        }
        return DeviceKernelRun.of(tornado, forms, steps -> {
            steps.own(one.call, pool.layers, one.turned, pool.keys, pool.values, one.attended);
            AttentionSteps attention = new AttentionSteps(config, one, pool);
            if (attention.turnsItself(forms.attention())) {
                // It turns the last token again, and takes the layer from where the one before would have left it.
                steps.own(one.angles, one.qkv).send(one.cursor);
            } else {
                steps.own(one.cursor);
            }
            attention.attend(steps, forms);
        }, one.attended, wanted, 2L * Float.BYTES * depth * config.kvDim(), 4.0 * depth * config.qDim(), arrays);
    }
}
