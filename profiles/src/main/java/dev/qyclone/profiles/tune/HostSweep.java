package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.List;

/**
 * Reads a model's layers on the host, in turn. In a run, all other layers pass through the host's caches before a layer comes again; one
 * that is measured by itself would stay there and seem faster than it is.
 */
final class HostSweep {
    /** More than the host's last cache holds. */
    private static final long BYTES = 128L << 20;
    private static final int CACHE_LINE = 64;

    private final List<MemorySegment> weights;
    private final long bytes;
    private int next;

    HostSweep(Model model) {
        this.weights = model.layers().stream().flatMap(LayerWeights::tensors).map(Tensor::data).toList();
        this.bytes = Math.min(BYTES, weights.stream().mapToLong(MemorySegment::byteSize).sum());
    }

    /** True if these layers and so many bytes besides are as large as what is read. */
    static boolean isAsLarge(List<LayerWeights> layers, long besides) {
        return besides + layers.stream().flatMap(LayerWeights::tensors).mapToLong(Tensor::bytes).sum() >= BYTES;
    }

    /** Reads on where the last call ended, as much as the model has or a cache can hold. */
    void run() {
        int sum = 0;
        for (long read = 0; read < bytes; next = (next + 1) % weights.size()) {
            MemorySegment data = weights.get(next);
            for (long at = 0; at < data.byteSize(); at += CACHE_LINE) {
                sum += data.get(ValueLayout.JAVA_BYTE, at);
            }
            read += data.byteSize();
        }
        Reference.reachabilityFence(sum);
    }
}
