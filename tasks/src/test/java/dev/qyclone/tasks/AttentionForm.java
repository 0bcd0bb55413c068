package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.LaneAttention;
import dev.qyclone.tasks.kernels.PlainAttention;
import dev.qyclone.tasks.kernels.RopeKernels;
import java.util.List;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The forms of attention under test: as Java on the host, and as a graph on a device. */
enum AttentionForm {
    PLAIN {
        @Override
        void onHost(AttentionRig r) {
            if (r.halves()) {
                PlainAttention.attentionHalves(r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, r.attended, r.rows,
                        r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale);
            } else {
                PlainAttention.attention(r.call, r.cursor, r.layers, r.turned, r.keys, r.values, r.attended, r.rows, r.shape.heads(),
                        r.shape.kvHeads(), r.shape.headDim(), r.scale);
            }
        }

        @Override
        void describe(AttentionRig r, Steps steps) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            if (r.halves()) {
                steps.overItems("attention", r.rows * heads, (graph, task) -> graph.task(task, PlainAttention::attentionHalves,
                        r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, r.attended, r.rows, heads, kvHeads, headDim,
                        r.scale));
            } else {
                steps.overItems("attention", r.rows * heads, (graph, task) -> graph.task(task, PlainAttention::attention,
                        r.call, r.cursor, r.layers, r.turned, r.keys, r.values, r.attended, r.rows, heads, kvHeads, headDim, r.scale));
            }
        }
    },
    LANES {
        @Override
        void onHost(AttentionRig r) {
            if (r.halves()) {
                LaneAttention.attentionHalves(r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, work(r), r.attended,
                        items(r), r.rows, r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale);
            } else {
                LaneAttention.attention(r.call, r.cursor, r.layers, r.turned, r.keys, r.values, work(r), r.attended, items(r), r.rows,
                        r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale);
            }
        }

        @Override
        void describe(AttentionRig r, Steps steps) {
            FloatArray work = work(r);
            int items = items(r);
            steps.own(work);
            if (r.halves()) {
                steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneAttention::attentionHalves,
                        r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, work, r.attended, items, r.rows,
                        r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale));
            } else {
                steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneAttention::attention,
                        r.call, r.cursor, r.layers, r.turned, r.keys, r.values, work, r.attended, items, r.rows, r.shape.heads(),
                        r.shape.kvHeads(), r.shape.headDim(), r.scale));
            }
        }

        private int items(AttentionRig r) {
            return LaneAttention.items(r.rows, r.shape.heads(), r.shape.kvHeads());
        }

        private FloatArray work(AttentionRig r) {
            FloatArray work = new FloatArray(items(r) * LaneAttention.scratch(r.shape.headDim()));
            work.init(Float.NaN);
            return work;
        }
    };

    abstract void onHost(AttentionRig r);

    abstract void describe(AttentionRig r, Steps steps);

    /** All calls of the case as Java on the host. */
    List<float[]> runOnHost(AttentionRig r) {
        return r.run(() -> {
            int items = ropeItems(r);
            if (r.halves()) {
                RopeKernels.ropeAndKeepHalves(r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keyHalves, r.valueHalves, items,
                        r.rows, r.shape.heads(), r.shape.kvHeads(), r.shape.headDim() / 2, r.turns);
            } else {
                RopeKernels.ropeAndKeep(r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keys, r.values, items, r.rows,
                        r.shape.heads(), r.shape.kvHeads(), r.shape.headDim() / 2, r.turns);
            }
            onHost(r);
        });
    }

    /** All calls of the case on a device. */
    List<float[]> runOn(TornadoDevice device, AttentionRig r) {
        try (GraphChain chain = new GraphChain(64)) {
            Steps steps = chain.next("attention");
            steps.send(r.call, r.cursor, r.layers, r.angles, r.qkv);
            steps.own(r.turned, r.attended);
            int items = ropeItems(r);
            int pairs = r.shape.headDim() / 2;
            if (r.halves()) {
                steps.own(r.keyHalves, r.valueHalves);
                steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeepHalves,
                        r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keyHalves, r.valueHalves, items, r.rows,
                        r.shape.heads(), r.shape.kvHeads(), pairs, r.turns));
            } else {
                steps.own(r.keys, r.values);
                steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeep,
                        r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keys, r.values, items, r.rows,
                        r.shape.heads(), r.shape.kvHeads(), pairs, r.turns));
            }
            describe(r, steps);
            steps.fetch(r.attended);
            boolean[] open = {false};
            return r.run(() -> {
                if (open[0]) {
                    chain.run(steps);
                } else {
                    chain.open(device, () -> { });
                    open[0] = true;
                }
            });
        }
    }

    private static int ropeItems(AttentionRig r) {
        return r.rows * (r.shape.heads() + r.shape.kvHeads()) * r.shape.headDim() / 2;
    }
}
