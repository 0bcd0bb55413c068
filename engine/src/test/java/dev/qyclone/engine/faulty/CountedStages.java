package dev.qyclone.engine.faulty;

import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.OutputStage;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** Stages that count themselves while they are open. */
final class CountedStages {
    private CountedStages() {
    }

    /** Counts one thing until it is closed for the first time. */
    static final class Count {
        private final AtomicInteger open;
        private final AtomicBoolean closed = new AtomicBoolean();

        Count(AtomicInteger open) {
            this.open = open;
            open.incrementAndGet();
        }

        void end() {
            if (closed.compareAndSet(false, true)) {
                open.decrementAndGet();
            }
        }
    }

    record Embedding(EmbeddingStage sound, Count count) implements EmbeddingStage {
        Embedding(EmbeddingStage sound, AtomicInteger open) {
            this(sound, new Count(open));
        }

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
            count.end();
            sound.close();
        }
    }

    record Output(OutputStage sound, Count count) implements OutputStage {
        Output(OutputStage sound, AtomicInteger open) {
            this(sound, new Count(open));
        }

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
            count.end();
            sound.close();
        }
    }
}
