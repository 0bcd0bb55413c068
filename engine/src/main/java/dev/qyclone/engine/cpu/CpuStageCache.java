package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.KvCache;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CloseAll;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageCache;
import java.util.List;

/** One session's keys and values for the layers of a stage on the host. */
final class CpuStageCache implements StageCache {
    private final List<KvCache> layers;
    private final List<AttentionPolicy> policies;

    CpuStageCache(ModelConfig config, CacheSpec spec, KvType kvType, int firstLayer, int count) {
        this.policies = spec.policies().subList(firstLayer, firstLayer + count);
        this.layers = policies.stream()
                .map(policy -> new KvCache(config.kvHeads(), config.headDim(), spec.context(), kvType, policy.window()))
                .toList();
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
    public int firstHeld() {
        return layers.stream().mapToInt(KvCache::firstHeld).max().orElse(0);
    }

    @Override
    public boolean canTruncate(int length) {
        return layers.stream().allMatch(layer -> layer.canTruncate(length));
    }

    @Override
    public void truncate(int length) {
        layers.forEach(layer -> layer.truncate(length));
    }

    @Override
    public void copyFrom(StageCache source, int length) {
        if (!(source instanceof CpuStageCache other) || other.layers.size() != layers.size()) {
            throw new IllegalArgumentException("the source belongs to another stage");
        }
        for (int i = 0; i < layers.size(); i++) {
            layers.get(i).copyFrom(other.layers.get(i), length);
        }
    }

    @Override
    public long bytes() {
        return layers.stream().mapToLong(KvCache::bytes).sum();
    }

    @Override
    public void close() {
        CloseAll.of(layers);
    }
}
