package dev.qyclone.engine.faulty;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/** Stages that count themselves while they are open. */
final class CountedStages {
    private CountedStages() {
    }

    /** Counts one thing until it is closed for the first time. */
    static final class Count {
        private final AtomicInteger open;
        private final Supplier<Fault> fault;
        private final AtomicBoolean closed = new AtomicBoolean();

        Count(AtomicInteger open, Supplier<Fault> fault) {
            this.open = open;
            this.fault = fault;
            open.incrementAndGet();
        }

        void end() {
            if (closed.compareAndSet(false, true)) {
                open.decrementAndGet();
                if (fault.get() instanceof Fault.FailingClose) {
                    throw new IllegalStateException("it cannot be closed");
                }
            }
        }
    }

    record Embedding(EmbeddingStage sound, Count count) implements EmbeddingStage {
        @Override
        public Device device() {
            return sound.device();
        }

        @Override
        public void forward(int[] ids, int from, HiddenStates x) {
            sound.forward(ids, from, x);
        }

        @Override
        public void close() {
            sound.close();
            count.end();
        }
    }

    record Output(OutputStage sound, Count count) implements OutputStage {
        @Override
        public Device device() {
            return sound.device();
        }

        @Override
        public void logits(HiddenStates x, int row, float[] logits) {
            sound.logits(x, row, logits);
        }

        @Override
        public int argmax(HiddenStates x, int row) {
            return sound.argmax(x, row);
        }

        @Override
        public void close() {
            sound.close();
            count.end();
        }
    }
}
