package dev.qyclone.bench.tokens;

/** How fast the host can read its memory now: what decode is measured against. */
@FunctionalInterface
public interface ReadLimit {
    /** Not known; rows then carry no percentage. */
    ReadLimit UNKNOWN = threads -> 0;

    /** GB/s with this many threads, or 0 where it is not known. */
    double gigabytesPerSecond(int threads);
}
