package dev.qyclone.engine.stage;

import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A thread for every stage but the first, for prompts that go through in pieces; the first stage runs on whoever calls. Each is
 * started when a prompt first needs it and lives as long as the pipeline: runtimes keep a command queue for every thread they see.
 */
final class StageThreads implements AutoCloseable {
    private final List<LayerStage> stages;
    private final ExecutorService[] threads;

    StageThreads(List<LayerStage> stages) {
        this.stages = stages;
        this.threads = new ExecutorService[stages.size()];
    }

    /** True if two stages can work at the same time. */
    boolean useful() {
        return stages.stream().map(LayerStage::device).distinct().count() > 1;
    }

    int stages() {
        return stages.size();
    }

    /** Runs what it is given in the order in which it came. */
    synchronized Executor of(int stage) {
        if (threads[stage] == null) {
            String name = "qyclone-stage-" + stages.get(stage).firstLayer();
            threads[stage] = Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name(name).factory());
        }
        return threads[stage];
    }

    /** To be called when nothing runs on them. */
    @Override
    public synchronized void close() {
        for (ExecutorService thread : threads) {
            if (thread != null) {
                thread.close();
            }
        }
    }
}
