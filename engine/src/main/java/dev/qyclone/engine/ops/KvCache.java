package dev.qyclone.engine.ops;

/** Keys and values of one layer of one session on the host. */
public final class KvCache {
}
