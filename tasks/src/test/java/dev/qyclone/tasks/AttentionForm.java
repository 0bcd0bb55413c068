package dev.qyclone.tasks;

import dev.qyclone.tasks.AttentionRig.Shape;
import dev.qyclone.tasks.kernels.GroupAttention;
import dev.qyclone.tasks.kernels.GroupAttentionHalves;
import dev.qyclone.tasks.kernels.GroupDecode;
import dev.qyclone.tasks.kernels.GroupDecodeHalves;
import dev.qyclone.tasks.kernels.GroupSplits;
import dev.qyclone.tasks.kernels.LaneAttention;
import dev.qyclone.tasks.kernels.LaneDecode;
import dev.qyclone.tasks.kernels.PlainAttention;
import dev.qyclone.tasks.kernels.RopeKernels;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.KernelContext;
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
            return poisoned(items(r) * LaneAttention.scratch(r.shape.headDim()));
        }
    },
    GROUPS {
        @Override
        void onHost(AttentionRig r) {
            int groups = GroupSplits.groups(r.rows, r.shape.heads(), r.shape.kvHeads(), 1);
            HostGroup.run(groups, HOST_GROUP, context -> {
                if (r.halves()) {
                    GroupAttentionHalves.attention(context, r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, r.attended,
                            r.rows, r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale);
                } else {
                    GroupAttention.attention(context, r.call, r.cursor, r.layers, r.turned, r.keys, r.values, r.attended, r.rows,
                            r.shape.heads(), r.shape.kvHeads(), r.shape.headDim(), r.scale);
                }
            });
        }

        @Override
        void describe(AttentionRig r, Steps steps) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            int groups = GroupSplits.groups(r.rows, heads, kvHeads, 1);
            KernelContext context = new KernelContext();
            if (r.halves()) {
                steps.overGroups("attention", groups, DEVICE_GROUP, (graph, task) -> graph.task(task, GroupAttentionHalves::attention,
                        context, r.call, r.cursor, r.layers, r.turned, r.keyHalves, r.valueHalves, r.attended, r.rows, heads, kvHeads,
                        headDim, r.scale));
            } else {
                steps.overGroups("attention", groups, DEVICE_GROUP, (graph, task) -> graph.task(task, GroupAttention::attention,
                        context, r.call, r.cursor, r.layers, r.turned, r.keys, r.values, r.attended, r.rows, heads, kvHeads, headDim,
                        r.scale));
            }
        }
    },
    SPLIT_LANES {
        @Override
        void onHost(AttentionRig r) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            FloatArray queries = poisoned(SPLITS * r.turns * heads * headDim);
            FloatArray work = poisoned(kvHeads * SPLITS * LaneDecode.scratch(heads, kvHeads, headDim));
            FloatArray parts = poisoned(GroupSplits.parts(heads, headDim, SPLITS));
            if (r.halves()) {
                LaneDecode.ropeAndAttendHalves(r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keyHalves, r.valueHalves,
                        work, parts, kvHeads * SPLITS, heads, kvHeads, headDim, SPLITS, r.turns, r.scale);
            } else {
                LaneDecode.ropeAndAttend(r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keys, r.values, work, parts,
                        kvHeads * SPLITS, heads, kvHeads, headDim, SPLITS, r.turns, r.scale);
            }
            LaneDecode.merge(r.call, r.cursor, r.layers, parts, r.attended, heads * headDim, headDim, SPLITS);
        }

        @Override
        void describe(AttentionRig r, Steps steps) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            int items = kvHeads * SPLITS;
            FloatArray queries = poisoned(SPLITS * r.turns * heads * headDim);
            FloatArray work = poisoned(items * LaneDecode.scratch(heads, kvHeads, headDim));
            FloatArray parts = poisoned(GroupSplits.parts(heads, headDim, SPLITS));
            steps.own(queries, work, parts);
            if (r.halves()) {
                steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneDecode::ropeAndAttendHalves,
                        r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keyHalves, r.valueHalves, work, parts, items,
                        heads, kvHeads, headDim, SPLITS, r.turns, r.scale));
            } else {
                steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneDecode::ropeAndAttend,
                        r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keys, r.values, work, parts, items, heads,
                        kvHeads, headDim, SPLITS, r.turns, r.scale));
            }
            int elements = heads * headDim;
            steps.overItems("merge", elements, (graph, task) -> graph.task(task, LaneDecode::merge, r.call, r.cursor, r.layers, parts,
                    r.attended, elements, headDim, SPLITS));
        }
    },
    SPLIT_GROUPS {
        @Override
        void onHost(AttentionRig r) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            FloatArray parts = poisoned(GroupSplits.parts(heads, headDim, SPLITS));
            FloatArray queries = queries(r);
            HostGroup.run(GroupSplits.groups(1, heads, kvHeads, SPLITS), HOST_GROUP, context -> {
                if (r.halves()) {
                    GroupDecodeHalves.ropeAndAttend(context, r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keyHalves,
                            r.valueHalves, parts, heads, kvHeads, headDim, SPLITS, r.turns, r.scale);
                } else {
                    GroupDecode.ropeAndAttend(context, r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keys, r.values,
                            parts, heads, kvHeads, headDim, SPLITS, r.turns, r.scale);
                }
            });
            GroupSplits.merge(r.cursor, parts, r.attended, heads * headDim, headDim, SPLITS);
        }

        @Override
        void describe(AttentionRig r, Steps steps) {
            int heads = r.shape.heads();
            int kvHeads = r.shape.kvHeads();
            int headDim = r.shape.headDim();
            int groups = GroupSplits.groups(1, heads, kvHeads, SPLITS);
            KernelContext context = new KernelContext();
            FloatArray parts = poisoned(GroupSplits.parts(heads, headDim, SPLITS));
            FloatArray queries = queries(r);
            steps.own(parts, queries);
            if (r.halves()) {
                steps.overGroups("attention", groups, DEVICE_GROUP, (graph, task) -> graph.task(task, GroupDecodeHalves::ropeAndAttend,
                        context, r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keyHalves, r.valueHalves, parts, heads,
                        kvHeads, headDim, SPLITS, r.turns, r.scale));
            } else {
                steps.overGroups("attention", groups, DEVICE_GROUP, (graph, task) -> graph.task(task, GroupDecode::ropeAndAttend,
                        context, r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, queries, r.keys, r.values, parts, heads, kvHeads,
                        headDim, SPLITS, r.turns, r.scale));
            }
            int items = heads * headDim;
            steps.overItems("merge", items, (graph, task) -> graph.task(task, GroupSplits::merge, r.cursor, parts, r.attended, items,
                    headDim, SPLITS));
        }

        private FloatArray queries(AttentionRig r) {
            int groups = GroupSplits.groups(1, r.shape.heads(), r.shape.kvHeads(), SPLITS);
            return poisoned(groups * r.turns * GroupAttention.ROWS * r.shape.headDim());
        }
    };

    /** Single tokens where their keys make two shares, then three, by 15 tiles of 16 keys; over a ring that comes round, and in chunks. */
    static final Shape DEEP = singly(14, 2, 6, 708).behind(700);
    static final Shape DEEP_WINDOW = singly(4, 2, 16, 1300).windowed(750).behind(1290);
    static final Shape DEEP_CHUNKS = singly(6, 2, 16, 600).chunked(256, 40).behind(595);

    private static final int SPLITS = 3;

    private static final int HOST_GROUP = 6;
    private static final int DEVICE_GROUP = 32;

    /** What a kernel must write before it counts. */
    private static FloatArray poisoned(int size) {
        FloatArray array = new FloatArray(size);
        array.init(Float.NaN);
        return array;
    }

    /** Odd sizes and every policy. */
    static Stream<Shape> shapes() {
        List<Integer> calls = List.of(33, 1, 7, 1, 31);
        return Stream.of(
                new Shape(1, 1, 2, List.of(1, 1)),
                new Shape(2, 1, 6, calls),
                new Shape(4, 4, 8, calls),
                new Shape(14, 2, 64, calls),
                new Shape(5, 1, 80, List.of(1, 17, 1)),
                new Shape(4, 2, 128, List.of(207, 1)),
                new Shape(3, 1, 16, List.of(999, 1)),
                new Shape(4, 2, 16, calls).windowed(1),
                new Shape(4, 2, 16, calls).windowed(5),
                new Shape(7, 1, 32, List.of(40, 1, 1, 40, 13, 1)).windowed(33),
                new Shape(4, 2, 16, calls).chunked(12, 5),
                new Shape(4, 2, 16, List.of(70, 1, 40)).chunked(40, 8),
                new Shape(6, 2, 16, List.of(70, 1, 40)).chunked(4, 1),
                new Shape(4, 2, 6, List.of(33, 1, 7)).windowed(5),
                new Shape(14, 2, 64, List.of(33, 1, 70, 1)),
                new Shape(4, 2, 16, List.of(70, 1, 40)).chunked(12, 5),
                singly(2, 1, 16, 100),
                singly(14, 2, 64, 3),
                singly(18, 2, 6, 5),
                singly(4, 2, 16, 40).windowed(1),
                singly(4, 2, 6, 70).windowed(5),
                singly(4, 2, 16, 45).chunked(12, 5),
                singly(5, 1, 80, 17),
                singly(14, 2, 64, 18),
                DEEP, DEEP_WINDOW, DEEP_CHUNKS);
    }

    private static Shape singly(int heads, int kvHeads, int headDim, int tokens) {
        return new Shape(heads, kvHeads, headDim, Collections.nCopies(tokens, 1));
    }

    /** Whether the form is for calls of this case. */
    boolean takes(Shape shape) {
        return turnsItself() ? shape.rows() == 1 : shape.earlier() == 0;
    }

    /** Whether it is for single tokens and turns them itself. */
    boolean turnsItself() {
        return switch (this) {
            case PLAIN, LANES, GROUPS -> false;
            case SPLIT_LANES, SPLIT_GROUPS -> true;
        };
    }

    /** On the host a work-group is a handful of threads that wait for each other: small shapes are enough. */
    boolean quickOnHost(Shape shape) {
        return this != GROUPS && this != SPLIT_GROUPS || shape.length() * shape.heads() * shape.headDim() < 8_000;
    }

    abstract void onHost(AttentionRig r);

    abstract void describe(AttentionRig r, Steps steps);

    /** For a class loader of its own: one of the shapes by its index, as Java on the host. */
    static List<float[]> runApart(String form, int shape, boolean halves) {
        Shape exact = shapes().toList().get(shape);
        return valueOf(form).runOnHost(new AttentionRig(halves ? exact.halves() : exact));
    }

    /** All calls of the case as Java on the host. */
    List<float[]> runOnHost(AttentionRig r) {
        return r.run(() -> {
            if (!turnsItself()) {
                r.rope();
            }
            onHost(r);
        });
    }

    /** All calls of the case on a device. */
    List<float[]> runOn(TornadoDevice device, AttentionRig r) {
        return runOn(device, r, GraphTools.plain());
    }

    List<float[]> runOn(TornadoDevice device, AttentionRig r, GraphTools tools) {
        try (GraphChain chain = new GraphChain(WorkGroups.upTo(64), tools)) {
            Steps steps = chain.next("attention");
            steps.send(r.call, r.cursor, r.layers, r.angles, r.qkv);
            steps.own(r.turned, r.attended);
            steps.own(r.halves() ? r.keyHalves : r.keys, r.halves() ? r.valueHalves : r.values);
            if (!turnsItself()) {
                rope(r, steps);
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

    private static void rope(AttentionRig r, Steps steps) {
        int items = r.ropeItems();
        int pairs = r.shape.headDim() / 2;
        if (r.halves()) {
            steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeepHalves,
                    r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keyHalves, r.valueHalves, items, r.rows,
                    r.shape.heads(), r.shape.kvHeads(), pairs, r.turns));
        } else {
            steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeep,
                    r.call, r.cursor, r.layers, r.angles, r.qkv, r.turned, r.keys, r.values, items, r.rows,
                    r.shape.heads(), r.shape.kvHeads(), pairs, r.turns));
        }
    }
}
