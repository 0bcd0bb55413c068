package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.RopeTable;
import dev.qyclone.tasks.kernels.Call;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** The way of a call through a stage: one graph that receives it, then one for each layer. Layers of one shape share a graph. */
final class CallPath {
    /** Calls that a time is the median of. */
    private static final int ROUNDS = 5;

    private final GraphChain chain;
    private final ModelConfig config;
    private final StageArrays arrays;
    private final Steps enter;
    private final List<Steps> layers;
    private long graphs;
    private boolean joined;

    /** @param layers the graph of each layer of the stage */
    CallPath(GraphChain chain, ModelConfig config, StageArrays arrays, Steps enter, List<Steps> layers) {
        this.chain = chain;
        this.config = config;
        this.arrays = arrays;
        this.enter = enter;
        this.layers = List.copyOf(layers);
    }

    /** Rows of the largest call. */
    int tokens() {
        return arrays.tokens;
    }

    /** Items that a step of the first layer starts, and those of one of its work-groups. */
    long[] work(String step) {
        return layers.getFirst().work(step);
    }

    /** Kernels that a layer launches for a call, by the layers of the stage. */
    List<Integer> launchesOfLayers() {
        return layers.stream().map(Steps::count).toList();
    }

    /** How many graphs its calls have run. */
    long graphs() {
        return graphs;
    }

    /** Lets a graph that joins the chain leave no trace in the cache. */
    void idle() {
        for (int i = 0; i < Call.INTS; i++) {
            arrays.sent.set(i, 0);
        }
    }

    /** Rows {@code [row, row + count)} of x go through all layers, in place. */
    void forward(HiddenStates x, int row, int count, AttentionPolicy policy, int slot, int position) {
        send(x.data(), row, count, policy, slot, position);
        chain.run(enter);
        TornadoExecutionResult last = null;
        for (Steps layer : layers) {
            last = chain.run(layer);
        }
        graphs += 1 + layers.size();
        receive(last, x.data(), row, count);
    }

    /**
     * Runs a call again, layer by layer.
     *
     * @param input (count, dim), as it was before the call
     * @return index of the first layer whose output has NaN or infinity, or -1
     */
    int firstNonFiniteLayer(float[] input, int count, AttentionPolicy policy, int slot, int position) {
        send(input, 0, count, policy, slot, position);
        chain.run(enter);
        float[] output = new float[count * config.dim()];
        for (int i = 0; i < layers.size(); i++) {
            receive(chain.run(layers.get(i)), output, 0, count);
            if (HiddenStates.firstNonFinite(output, output.length) >= 0) {
                return i;
            }
        }
        return -1;
    }

    /**
     * Runs a call up to one layer.
     *
     * @return what went into that layer and what its steps made of it
     */
    LayerTrace trace(float[] input, int count, AttentionPolicy policy, int slot, int position, int layer) {
        send(input, 0, count, policy, slot, position);
        TornadoExecutionResult result = chain.run(enter);
        for (int i = 0; i < layer; i++) {
            result = chain.run(layers.get(i));
        }
        float[] in = new float[count * config.dim()];
        receive(result, in, 0, count);
        result = chain.run(layers.get(layer));
        float[] out = new float[count * config.dim()];
        receive(result, out, 0, count);
        return new LayerTrace(in, rows(result, arrays.qkv, count), turned(result, count), rows(result, arrays.attended, count),
                rows(result, arrays.gated, count), out);
    }

    /**
     * Runs a call up to one layer and tells what each step of that layer takes on the device.
     *
     * @return medians of some calls, nanoseconds by the steps' names
     */
    Map<String, Long> times(float[] input, int count, AttentionPolicy policy, int slot, int position, int layer) {
        Map<String, List<Long>> all = new LinkedHashMap<>();
        for (int round = 0; round < ROUNDS; round++) {
            send(input, 0, count, policy, slot, position);
            chain.run(enter);
            for (int i = 0; i < layer; i++) {
                chain.run(layers.get(i));
            }
            chain.times(layers.get(layer)).forEach((step, nanos) -> all.computeIfAbsent(step, one -> new ArrayList<>()).add(nanos));
        }
        Map<String, Long> medians = new LinkedHashMap<>();
        all.forEach((step, nanos) -> medians.put(step, nanos.stream().sorted().toList().get(nanos.size() / 2)));
        return medians;
    }

    /** The first rows of an array of (tokens, width). */
    private float[] rows(TornadoExecutionResult result, FloatArray array, int count) {
        result.transferToHost(array);
        int width = array.getSize() / arrays.tokens;
        return array.getSegment().asSlice(0, (long) count * width * Float.BYTES).toArray(ValueLayout.JAVA_FLOAT);
    }

    /** (turns, tokens, qDim) as (turns, count, qDim). */
    private float[] turned(TornadoExecutionResult result, int count) {
        result.transferToHost(arrays.turned);
        float[] turned = new float[arrays.turns * count * config.qDim()];
        for (int turn = 0; turn < arrays.turns; turn++) {
            MemorySegment.copy(arrays.turned.getSegment(), ValueLayout.JAVA_FLOAT,
                    (long) turn * arrays.tokens * config.qDim() * Float.BYTES,
                    turned, turn * count * config.qDim(), count * config.qDim());
        }
        return turned;
    }

    private void send(float[] rows, int row, int count, AttentionPolicy policy, int slot, int position) {
        if (!joined) {
            layers.forEach(chain::ensureJoined); // before it is set what goes with this call
            joined = true;
        }
        arrays.sent.set(Call.POSITION, position);
        arrays.sent.set(Call.TOKENS, count);
        arrays.sent.set(Call.CHUNK, policy.chunks().isNone() ? 0 : policy.chunks().length());
        arrays.sent.set(Call.SLOT, slot);
        RopeTable.Angles angles = policy.rope().covering(policy.ropePositions(position + count));
        for (int t = 0; t < count; t++) {
            int at = Call.INTS + t * (1 + arrays.turns) * config.headDim();
            sendAngles(angles, at, policy.keyPosition(position + t), policy.keyScale().at(position + t));
            for (int turn = 0; turn < policy.turns(); turn++) {
                sendAngles(angles, at + (1 + turn) * config.headDim(), policy.queryPosition(position + t, turn),
                        policy.queryScale().at(position + t));
            }
        }
        MemorySegment.copy(rows, row * config.dim(), arrays.sent.getSegment(), ValueLayout.JAVA_FLOAT,
                (long) (Call.INTS + arrays.angleCount) * Float.BYTES, count * config.dim());
    }

    private void sendAngles(RopeTable.Angles angles, int at, int position, float scale) {
        int pairs = config.headDim() / 2;
        for (int i = 0; i < pairs; i++) {
            arrays.sent.set(at + i, scale * angles.cos()[position * pairs + i]);
            arrays.sent.set(at + pairs + i, scale * angles.sin()[position * pairs + i]);
        }
    }

    private void receive(TornadoExecutionResult result, float[] rows, int row, int count) {
        result.transferToHost(arrays.x);
        MemorySegment.copy(arrays.x.getSegment(), ValueLayout.JAVA_FLOAT, 0, rows, row * config.dim(), count * config.dim());
    }
}
