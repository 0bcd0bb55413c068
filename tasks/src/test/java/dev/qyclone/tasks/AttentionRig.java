package dev.qyclone.tasks;

import dev.qyclone.engine.model.DualChunk;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.ops.ScalarOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.PositionScale;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.tasks.kernels.CacheRows;
import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.RopeKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

/**
 * The steps {@code rope} and {@code attention} over a sequence of calls, and what ScalarOps makes of the same: the second of two
 * layers, the second of two sessions, so that offsets count.
 */
final class AttentionRig {
    private static final int SLOT = 1;
    private static final int LAYER = 1;

    /**
     * Sizes and policy of a case; the calls come one after another.
     *
     * @param earlier of the calls only leave their rows in the cache, before any step runs
     */
    record Shape(int heads, int kvHeads, int headDim, int window, DualChunk chunks, KvType kv, int earlier, List<Integer> calls) {
        Shape(int heads, int kvHeads, int headDim, List<Integer> calls) {
            this(heads, kvHeads, headDim, 0, DualChunk.NONE, KvType.F32, 0, calls);
        }

        /** Behind so many earlier calls; a form that reads the cache first finds them on a device, too. */
        Shape behind(int calls) {
            return new Shape(heads, kvHeads, headDim, window, chunks, kv, calls, this.calls);
        }

        Shape windowed(int size) {
            return new Shape(heads, kvHeads, headDim, size, chunks, kv, earlier, calls);
        }

        Shape chunked(int size, int local) {
            return new Shape(heads, kvHeads, headDim, window, new DualChunk(size, local, 0, false), kv, earlier, calls);
        }

        Shape halves() {
            return new Shape(heads, kvHeads, headDim, window, chunks, KvType.F16, earlier, calls);
        }

        Shape exact() {
            return new Shape(heads, kvHeads, headDim, window, chunks, KvType.F32, earlier, calls);
        }

        int rows() {
            return calls.stream().max(Integer::compare).orElseThrow();
        }

        int length() {
            return calls.stream().mapToInt(Integer::intValue).sum();
        }

        int width() {
            return (heads + 2 * kvHeads) * headDim;
        }
    }

    final Shape shape;
    final AttentionPolicy policy;
    final int rows;
    final int turns;
    final IntArray call = new IntArray(Call.INTS);
    final IntArray cursor = new IntArray(Cursor.INTS);
    final IntArray layers = new IntArray(2 * Layers.INTS);
    final FloatArray angles;
    final FloatArray qkv;
    final FloatArray turned;
    final FloatArray keys;
    final FloatArray values;
    final ShortArray keyHalves;
    final ShortArray valueHalves;
    final FloatArray attended;
    final float scale;
    private final float[][] inputs;
    private int position;

    AttentionRig(Shape shape) {
        this.shape = shape;
        this.rows = shape.rows();
        RopeTable rope = RopeTable.plain(10_000, shape.headDim());
        this.policy = new AttentionPolicy(rope, PositionScale.logN(20), PositionScale.none(), shape.window(), shape.chunks());
        this.turns = policy.turns();
        this.angles = new FloatArray(rows * (1 + turns) * shape.headDim());
        this.qkv = new FloatArray(rows * shape.width());
        this.turned = new FloatArray(turns * rows * shape.heads() * shape.headDim());
        this.attended = new FloatArray(rows * shape.heads() * shape.headDim());
        this.scale = (float) (1 / Math.sqrt(shape.headDim()));
        int whole = CacheRows.capacity(shape.length());
        int capacity = shape.window() == 0 ? whole : Math.min(whole, CacheRows.ring(shape.window(), rows));
        for (int layer = 0; layer < 2; layer++) {
            layers.set(layer * Layers.INTS + Layers.FIRST_ROW, layer * 2 * capacity);
            layers.set(layer * Layers.INTS + Layers.CAPACITY, capacity);
            layers.set(layer * Layers.INTS + Layers.WINDOW, shape.window());
        }
        int keyRow = shape.kvHeads() * shape.headDim();
        int valueRow = shape.kvHeads() * CacheRows.valueWidth(shape.headDim());
        boolean halves = shape.kv() == KvType.F16;
        this.keys = new FloatArray(halves ? 1 : 4 * capacity * keyRow);
        this.values = new FloatArray(halves ? 1 : 4 * capacity * valueRow);
        this.keyHalves = new ShortArray(halves ? 4 * capacity * keyRow : 1);
        this.valueHalves = new ShortArray(halves ? 4 * capacity * valueRow : 1);
        poison();
        Random random = new Random(7);
        this.inputs = new float[shape.calls().size()][];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = new float[shape.calls().get(i) * shape.width()];
            for (int j = 0; j < inputs[i].length; j++) {
                inputs[i][j] = (float) random.nextGaussian();
            }
        }
        call.set(Call.SLOT, SLOT);
        call.set(Call.CHUNK, shape.chunks().isNone() ? 0 : shape.chunks().length());
    }

    /** Rows that were never written must not count, whatever is in them. */
    private void poison() {
        keys.init(Float.NaN);
        values.init(Float.NaN);
        keyHalves.init((short) 0x7e00);
        valueHalves.init((short) 0x7e00);
        attended.init(Float.NaN);
    }

    /** The same, where the key of one position is NaN in an element of its last head. */
    AttentionRig withBrokenKey(int at) {
        int before = 0;
        for (float[] input : inputs) {
            int tokens = input.length / shape.width();
            if (at >= before && at < before + tokens) {
                input[(at - before) * shape.width() + (shape.heads() + shape.kvHeads() - 1) * shape.headDim()] = Float.NaN;
            }
            before += tokens;
        }
        return this;
    }

    boolean halves() {
        return shape.kv() == KvType.F16;
    }

    /** What {@code steps} makes of all calls but the earlier ones: (tokens of all calls, qDim). */
    List<float[]> run(Runnable steps) {
        List<float[]> outputs = new ArrayList<>();
        for (int i = 0; i < inputs.length; i++) {
            prepare(inputs[i]);
            int tokens = call.get(Call.TOKENS);
            if (i < shape.earlier()) {
                rope();
                position += tokens;
                continue;
            }
            steps.run();
            float[] out = new float[tokens * shape.heads() * shape.headDim()];
            for (int element = 0; element < out.length; element++) {
                out[element] = attended.get(element);
            }
            outputs.add(out);
            position += tokens;
        }
        return outputs;
    }

    /** The step {@code rope} as Java on the host. */
    void rope() {
        if (halves()) {
            RopeKernels.ropeAndKeepHalves(call, cursor, layers, angles, qkv, turned, keyHalves, valueHalves, ropeItems(), rows,
                    shape.heads(), shape.kvHeads(), shape.headDim() / 2, turns);
        } else {
            RopeKernels.ropeAndKeep(call, cursor, layers, angles, qkv, turned, keys, values, ropeItems(), rows, shape.heads(),
                    shape.kvHeads(), shape.headDim() / 2, turns);
        }
    }

    int ropeItems() {
        return rows * (shape.heads() + shape.kvHeads()) * shape.headDim() / 2;
    }

    private void prepare(float[] input) {
        int tokens = input.length / shape.width();
        call.set(Call.POSITION, position);
        call.set(Call.TOKENS, tokens);
        cursor.set(Cursor.NEXT, LAYER);
        cursor.set(Cursor.CURRENT, -1);
        qkv.init(Float.NaN);
        angles.init(Float.NaN);
        for (int i = 0; i < input.length; i++) {
            qkv.set(i, input[i]);
        }
        RopeTable.Angles table = policy.rope().covering(policy.ropePositions(position + tokens));
        for (int t = 0; t < tokens; t++) {
            putAngles(table, t, 0, policy.keyPosition(position + t), policy.keyScale().at(position + t));
            for (int turn = 0; turn < turns; turn++) {
                putAngles(table, t, 1 + turn, policy.queryPosition(position + t, turn), policy.queryScale().at(position + t));
            }
        }
    }

    private void putAngles(RopeTable.Angles table, int t, int turn, int at, float factor) {
        int pairs = shape.headDim() / 2;
        int to = (t * (1 + turns) + turn) * 2 * pairs;
        for (int i = 0; i < pairs; i++) {
            angles.set(to + i, factor * table.cos()[at * pairs + i]);
            angles.set(to + pairs + i, factor * table.sin()[at * pairs + i]);
        }
    }

    /** What ScalarOps makes of the same calls; nothing of the earlier ones. */
    List<float[]> expected() {
        List<float[]> outputs = new ArrayList<>();
        int qDim = shape.heads() * shape.headDim();
        int kvDim = shape.kvHeads() * shape.headDim();
        try (WorkerPool pool = new WorkerPool(1);
                KvCache cache = new KvCache(shape.kvHeads(), shape.headDim(), shape.length(), shape.kv(), shape.window())) {
            ScalarOps ops = new ScalarOps(pool);
            int at = 0;
            for (float[] input : inputs) {
                int tokens = input.length / shape.width();
                float[] q = new float[turns * tokens * qDim];
                float[] k = new float[tokens * kvDim];
                float[] v = new float[tokens * kvDim];
                for (int t = 0; t < tokens; t++) {
                    System.arraycopy(input, t * shape.width(), q, t * qDim, qDim);
                    System.arraycopy(input, t * shape.width() + qDim, k, t * kvDim, kvDim);
                    System.arraycopy(input, t * shape.width() + qDim + kvDim, v, t * kvDim, kvDim);
                }
                ops.scale(q, policy.queryScale(), tokens, qDim, at);
                ops.turnQueries(q, policy, tokens, shape.heads(), at);
                ops.turnKeys(k, policy, tokens, shape.kvHeads(), at);
                cache.append(k, v, tokens);
                float[] out = new float[tokens * qDim];
                ops.attention(q, cache, policy, out, tokens, shape.heads(), at);
                outputs.add(out);
                at += tokens;
            }
        }
        return outputs.subList(shape.earlier(), outputs.size());
    }
}
