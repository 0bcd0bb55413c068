package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.StageCache;
import java.util.List;
import java.util.stream.Stream;

/** One session's keys and values for the layers of a stage on the host. */
final class CpuStageCache implements StageCache {
    private final List<KvCache> layers;
    private final List<AttentionPolicy> policies;

    CpuStageCache(ModelConfig config, CacheSpec spec, int firstLayer, int count) {
        this.layers = Stream.generate(() -> new KvCache(config.kvHeads(), config.headDim(), spec.context(), spec.kvType()))
                .limit(count).toList();
        this.policies = spec.policies().subList(firstLayer, firstLayer + count);
    }

    KvCache layer(int index) {
        return layers.get(index);
    }

    AttentionPolicy policy(int index) {
        return policies.get(index);
    }

    @Override
    public int length() {
        return layers.getFirst().length();
    }

    @Override
    public void truncate(int length) {
        layers.forEach(layer -> layer.truncate(length));
    }

    @Override
    public long bytes() {
        return layers.stream().mapToLong(KvCache::bytes).sum();
    }

    @Override
    public void close() {
        layers.forEach(KvCache::close);
    }
}
