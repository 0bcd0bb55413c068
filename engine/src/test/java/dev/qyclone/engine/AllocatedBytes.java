package dev.qyclone.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Set;
import java.util.stream.LongStream;

/** What the calling thread and the workers of a pool allocate on the heap, by the JVM's own counters. */
public final class AllocatedBytes {
    private final ThreadMXBean bean = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private final Set<Thread> others;
    private final long[] threads;

    private AllocatedBytes(Set<Thread> others, long... threads) {
        this.others = others;
        this.threads = threads;
    }

    /** To be called before the pool is opened: workers that are there already belong to others. */
    public static AllocatedBytes mark() {
        return new AllocatedBytes(Thread.getAllStackTraces().keySet());
    }

    /** Counts the calling thread and the workers that are new since, {@code count} threads in all. */
    public AllocatedBytes withWorkers(int count) {
        LongStream workers = Thread.getAllStackTraces().keySet().stream()
                .filter(thread -> thread.getName().startsWith("qyclone-worker") && !others.contains(thread)).mapToLong(Thread::threadId);
        long[] found = LongStream.concat(LongStream.of(Thread.currentThread().threadId()), workers).toArray();
        assertEquals(count, found.length, "the pool's threads");
        return new AllocatedBytes(others, found);
    }

    /** Bytes so far; {@link #since} takes it. */
    public long now() {
        long sum = 0;
        for (long bytes : bean.getThreadAllocatedBytes(threads)) {
            sum += bytes;
        }
        return sum;
    }

    /** Bytes that were allocated since {@code before}, without those of looking at the counters. */
    public long since(long before) {
        long after = now();
        return after - before - (now() - after);
    }

    /** Bytes that {@code work} allocates. */
    public long during(Runnable work) {
        long before = now();
        work.run();
        return since(before);
    }
}
