package dev.qyclone.engine.stage;

import java.util.List;

/**
 * What a session asks of a stage's cache.
 *
 * @param context positions it may grow to
 * @param policies one per layer of the whole model: the session's, because some constants depend on its prompt
 */
public record CacheSpec(int context, List<AttentionPolicy> policies) {
    public CacheSpec {
        policies = List.copyOf(policies);
    }
}
