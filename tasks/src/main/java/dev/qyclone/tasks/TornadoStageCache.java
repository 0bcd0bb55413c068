package dev.qyclone.tasks;

import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.StageCache;
import java.util.List;

/** Which rows of a stage's cache on the device are one session's. */
final class TornadoStageCache implements StageCache {
    private final List<AttentionPolicy> policies;
    private int length;

    TornadoStageCache(List<AttentionPolicy> policies) {
        this.policies = policies;
    }

    AttentionPolicy policy(int layer) {
        return policies.get(layer);
    }

    void advance(int rows) {
        length += rows;
    }

    @Override
    public int length() {
        return length;
    }

    @Override
    public int firstHeld() {
        return 0;
    }

    @Override
    public boolean canTruncate(int to) {
        return to <= length;
    }

    @Override
    public void truncate(int to) {
        length = to;
    }

    @Override
    public void copyFrom(StageCache source, int count) {
        throw new IllegalArgumentException("rows on a device cannot be copied");
    }

    @Override
    public long bytes() {
        return 1;
    }

    @Override
    public void close() {
    }
}
