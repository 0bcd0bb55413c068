package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.CacheRows;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Keys and values of a stage's layers on the device, for several sessions at once: each session that computes has a <em>slot</em>, a
 * ring of rows in every layer. How rows lie is in {@link CacheRows}.
 */
final class KvPool {
    final TornadoNativeArray keys;
    final TornadoNativeArray values;
    /** (layers, Layers.INTS) */
    final IntArray layers;

    private final int count;
    private final int keyRow;
    private final int valueRow;

    /**
     * @param slices for each layer its place in the stacked weights of the graph that runs it
     * @param arrays where keys and values would lie on the host; nothing is ever written there
     * @throws EngineException OUT_OF_MEMORY if the rows of all layers need more elements than an array can have
     */
    KvPool(ModelConfig config, int firstLayer, int[] slices, StageOptions options, HostArrays arrays) {
        this.count = slices.length;
        this.keyRow = config.kvDim();
        this.valueRow = config.kvHeads() * CacheRows.valueWidth(config.headDim());
        this.layers = new IntArray(count * Layers.INTS);
        long rows = 0;
        for (int i = 0; i < count; i++) {
            int window = config.attention().window(firstLayer + i);
            int capacity = capacity(config, window, options);
            layers.set(i * Layers.INTS + Layers.SLICE, slices[i]);
            layers.set(i * Layers.INTS + Layers.FIRST_ROW, Math.toIntExact(rows));
            layers.set(i * Layers.INTS + Layers.CAPACITY, capacity);
            layers.set(i * Layers.INTS + Layers.WINDOW, window);
            rows = requireIndexable(rows + (long) options.sessions() * capacity, options);
        }
        this.keys = array(rows * keyRow, options.kvType(), arrays);
        this.values = array(rows * valueRow, options.kvType(), arrays);
    }

    /** Rows of one session's ring: its window and the largest call, but no more than the context. */
    static int capacity(ModelConfig config, int window, StageOptions options) {
        int whole = CacheRows.capacity(options.contextOf(config.context()));
        return window == 0 || window > whole ? whole : Math.min(whole, CacheRows.ring(window, options.batch()));
    }

    private long requireIndexable(long rows, StageOptions options) {
        if (rows * Math.max(keyRow, valueRow) > Integer.MAX_VALUE - Long.BYTES) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "keys and values of " + count + " layers do not fit into one array")
                    .expected("at most " + Integer.MAX_VALUE + " elements").got(rows * Math.max(keyRow, valueRow))
                    .remedy("give a smaller --ctx than " + options.context() + ", or fewer layers to a device");
        }
        return rows;
    }

    private static TornadoNativeArray array(long elements, KvType type, HostArrays arrays) {
        int size = Math.toIntExact(elements);
        return switch (type) {
            case F32 -> arrays.floats(size);
            case F16 -> arrays.shorts(size);
        };
    }

    int layerCount() {
        return count;
    }

    int capacity(int layer) {
        return layers.get(layer * Layers.INTS + Layers.CAPACITY);
    }

    int window(int layer) {
        return layers.get(layer * Layers.INTS + Layers.WINDOW);
    }

    /** Index of the first key element of a slot's ring in one layer. */
    int firstKey(int layer, int slot) {
        return firstRow(layer, slot) * keyRow;
    }

    /** Index of the first value element of a slot's ring in one layer. */
    int firstValue(int layer, int slot) {
        return firstRow(layer, slot) * valueRow;
    }

    private int firstRow(int layer, int slot) {
        return layers.get(layer * Layers.INTS + Layers.FIRST_ROW) + slot * capacity(layer);
    }

    /** Key elements of so many rows, whole groups of interleaved rows. */
    int keyElements(int rows) {
        return CacheRows.capacity(rows) * keyRow;
    }

    /** Value elements of so many rows. */
    int valueElements(int rows) {
        return CacheRows.capacity(rows) * valueRow;
    }

    /** Bytes of so many rows of one layer. */
    long bytes(int rows) {
        return ((long) keyElements(rows) + valueElements(rows)) * keys.getElementSize();
    }

    /** Bytes that it takes on the device. */
    long bytes() {
        return keys.getNumBytesOfSegmentWithHeader() + values.getNumBytesOfSegmentWithHeader();
    }
}
