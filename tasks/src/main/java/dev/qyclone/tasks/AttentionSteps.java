package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.tasks.kernels.GroupAttention;
import dev.qyclone.tasks.kernels.GroupAttentionHalves;
import dev.qyclone.tasks.kernels.GroupDecode;
import dev.qyclone.tasks.kernels.GroupDecodeHalves;
import dev.qyclone.tasks.kernels.GroupSplits;
import dev.qyclone.tasks.kernels.LaneAttention;
import dev.qyclone.tasks.kernels.LaneDecode;
import dev.qyclone.tasks.kernels.PlainAttention;
import dev.qyclone.tasks.kernels.RopeKernels;
import uk.ac.manchester.tornado.api.KernelContext;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/** The steps {@code rope} and {@code attention} of a layer, over keys and values of either type. */
final class AttentionSteps {
    /** In which form attention runs. */
    enum Form {
        /** One item a head and row, scalar: runs everywhere. */
        PLAIN("an item for a query"),
        /** Vectors of 16 keys, four queries an item: for CPUs. */
        LANES("an item for 4 queries"),
        /** Work-groups that share keys in local memory: for GPUs. */
        GROUPS("a work-group for 8 queries, keys in local memory");

        private final String words;

        Form(String words) {
            this.words = words;
        }

        String words() {
            return words;
        }
    }

    /** Into how many shares the keys of a single row's queries are split: its few work-groups would leave most of a GPU idle. */
    private static final int SPLITS = 8;
    /** Items for each of a device's compute units, where an item has a share of the keys: what one unit is late with others can do. */
    private static final int ITEMS_A_UNIT = 2;
    /** Most shares of the keys in form {@link Form#LANES}. */
    private static final int MOST_SHARES = 64;

    private final StageArrays a;
    private final KvPool pool;
    private final int rows;
    private final int heads;
    private final int kvHeads;
    private final int headDim;

    AttentionSteps(ModelConfig config, StageArrays arrays, KvPool pool) {
        this.a = arrays;
        this.pool = pool;
        this.rows = arrays.tokens;
        this.heads = config.heads();
        this.kvHeads = config.kvHeads();
        this.headDim = config.headDim();
    }

    void describe(Steps steps, KernelForms forms) {
        if (!turnsItself(forms.attention())) {
            rope(steps);
        }
        attend(steps, forms);
    }

    /** Whether the step {@code attention} has {@code rope} in it, as it is for a single row where the keys are shared out. */
    boolean turnsItself(Form form) {
        return rows == 1 && switch (form) {
            case PLAIN -> false;
            case LANES, GROUPS -> true;
        };
    }

    /** The step {@code attention} alone. */
    void attend(Steps steps, KernelForms forms) {
        switch (forms.attention()) {
            case PLAIN -> plain(steps);
            case LANES -> {
                if (rows == 1) {
                    singleInLanes(steps, shares(forms.units(), kvHeads));
                } else {
                    lanes(steps);
                }
            }
            case GROUPS -> {
                if (rows == 1) {
                    singleInGroups(steps);
                } else {
                    groups(steps);
                }
            }
        }
    }

    /** Most shares of the keys in form {@link Form#LANES}: as many as give each compute unit its items. */
    static int shares(int units, int kvHeads) {
        return Math.clamp(Math.ceilDiv((long) ITEMS_A_UNIT * units, kvHeads), 1, MOST_SHARES);
    }

    private void rope(Steps steps) {
        int pairs = headDim / 2;
        int items = Math.multiplyExact(rows, (heads + kvHeads) * pairs);
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeep,
                    a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, keys, values, items, rows, heads, kvHeads, pairs,
                    a.turns));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overItems("rope", items, (graph, task) -> graph.task(task, RopeKernels::ropeAndKeepHalves,
                    a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, keys, values, items, rows, heads,
                    kvHeads, pairs, a.turns));
        }
    }

    private void plain(Steps steps) {
        float scale = (float) (1 / Math.sqrt(headDim));
        int items = Math.multiplyExact(rows, heads);
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overItems("attention", items, (graph, task) -> graph.task(task, PlainAttention::attention,
                    a.call, a.cursor, pool.layers, a.turned, keys, values, a.attended, rows, heads, kvHeads, headDim, scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overItems("attention", items, (graph, task) -> graph.task(task, PlainAttention::attentionHalves,
                    a.call, a.cursor, pool.layers, a.turned, keys, values, a.attended, rows, heads, kvHeads, headDim,
                    scale));
        }
    }

    private void lanes(Steps steps) {
        float scale = (float) (1 / Math.sqrt(headDim));
        int items = LaneAttention.items(rows, heads, kvHeads);
        FloatArray work = new FloatArray(Math.multiplyExact(items, LaneAttention.scratch(headDim)));
        steps.own(work);
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneAttention::attention,
                    a.call, a.cursor, pool.layers, a.turned, keys, values, work, a.attended, items, rows, heads, kvHeads,
                    headDim, scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overItems("attention", items, (graph, task) -> graph.task(task, LaneAttention::attentionHalves,
                    a.call, a.cursor, pool.layers, a.turned, keys, values, work, a.attended, items, rows, heads,
                    kvHeads, headDim, scale));
        }
    }

    private void groups(Steps steps) {
        float scale = (float) (1 / Math.sqrt(headDim));
        int groups = GroupSplits.groups(rows, heads, kvHeads, 1);
        int size = steps.groupLimit();
        KernelContext context = new KernelContext();
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overGroups("attention", groups, size, (graph, task) -> graph.task(task, GroupAttention::attention,
                    context, a.call, a.cursor, pool.layers, a.turned, keys, values, a.attended, rows, heads, kvHeads, headDim, scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overGroups("attention", groups, size, (graph, task) -> graph.task(task, GroupAttentionHalves::attention,
                    context, a.call, a.cursor, pool.layers, a.turned, keys, values, a.attended, rows, heads, kvHeads, headDim, scale));
        }
    }

    private void singleInLanes(Steps steps, int splits) {
        float scale = (float) (1 / Math.sqrt(headDim));
        int items = Math.multiplyExact(kvHeads, splits);
        FloatArray queries = new FloatArray(Math.multiplyExact(splits, Math.multiplyExact(a.turns, heads * headDim)));
        FloatArray work = new FloatArray(Math.multiplyExact(items, LaneDecode.scratch(heads, kvHeads, headDim)));
        FloatArray parts = new FloatArray(GroupSplits.parts(heads, headDim, splits));
        steps.own(queries, work, parts);
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overItems("rope_attention", items, (graph, task) -> graph.task(task, LaneDecode::ropeAndAttend,
                    a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, queries, keys, values, work, parts, items, heads, kvHeads,
                    headDim, splits, a.turns, scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overItems("rope_attention", items, (graph, task) -> graph.task(task, LaneDecode::ropeAndAttendHalves,
                    a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, queries, keys, values, work, parts, items, heads, kvHeads,
                    headDim, splits, a.turns, scale));
        }
        int elements = Math.multiplyExact(heads, headDim);
        steps.overItems("attention_merge", elements, (graph, task) -> graph.task(task, LaneDecode::merge, a.call, a.cursor, pool.layers,
                parts, a.attended, elements, headDim, splits));
    }

    private void singleInGroups(Steps steps) {
        float scale = (float) (1 / Math.sqrt(headDim));
        int groups = GroupSplits.groups(1, heads, kvHeads, SPLITS);
        int size = steps.groupLimit();
        KernelContext context = new KernelContext();
        FloatArray queries = new FloatArray(Math.multiplyExact(groups, a.turns * GroupAttention.ROWS * headDim));
        FloatArray parts = new FloatArray(GroupSplits.parts(heads, headDim, SPLITS));
        steps.own(queries, parts);
        if (pool.keys instanceof FloatArray keys && pool.values instanceof FloatArray values) {
            steps.overGroups("rope_attention", groups, size, (graph, task) -> graph.task(task, GroupDecode::ropeAndAttend,
                    context, a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, queries, keys, values, parts, heads, kvHeads,
                    headDim, SPLITS, a.turns, scale));
        } else if (pool.keys instanceof ShortArray keys && pool.values instanceof ShortArray values) {
            steps.overGroups("rope_attention", groups, size, (graph, task) -> graph.task(task, GroupDecodeHalves::ropeAndAttend,
                    context, a.call, a.cursor, pool.layers, a.angles, a.qkv, a.turned, queries, keys, values, parts, heads, kvHeads,
                    headDim, SPLITS, a.turns, scale));
        }
        int items = Math.multiplyExact(heads, headDim);
        steps.overItems("attention_merge", items, (graph, task) -> graph.task(task, GroupSplits::merge, a.cursor, parts, a.attended,
                items, headDim, SPLITS));
    }
}
