package dev.qyclone.bench.tokens;

import dev.qyclone.bench.Limits;
import dev.qyclone.engine.ops.WorkerPool;
import java.lang.foreign.Arena;
import java.util.HashMap;
import java.util.Map;

/** Reads memory and multiplies with the Vector API, right before the row that wants to know; takes 256 MiB for each number of threads. */
public final class MeasuredHostLimits implements HostLimits, AutoCloseable {
    private final Map<Integer, Reader> readers = new HashMap<>();

    private record Reader(WorkerPool pool, Arena arena, Limits limits) {
        static Reader of(int threads) {
            WorkerPool pool = new WorkerPool(threads);
            Arena arena = Arena.ofShared();
            return new Reader(pool, arena, Limits.warm(pool, arena));
        }
    }

    @Override
    public double gigabytesPerSecond(int threads) {
        return readers.computeIfAbsent(threads, Reader::of).limits().gigabytesPerSecond();
    }

    @Override
    public double gigaflopsPerSecond(int threads) {
        return readers.computeIfAbsent(threads, Reader::of).limits().gigaflopsPerSecond();
    }

    @Override
    public void close() {
        for (Reader reader : readers.values()) {
            reader.pool().close();
            reader.arena().close();
        }
        readers.clear();
    }
}
