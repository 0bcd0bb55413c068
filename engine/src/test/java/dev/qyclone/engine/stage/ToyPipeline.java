package dev.qyclone.engine.stage;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Stages of one invented layer each, which do as a test tells them. A row is (id, position); each stage makes id 3·id + its index, so
 * that a stage left out or run twice shows in the result.
 */
final class ToyPipeline {
    static final int DIM = 2;

    /** Called inside each stage, before it computes. */
    @FunctionalInterface
    interface Hook {
        Hook NONE = (stage, position) -> { };

        void enter(int stage, int position);
    }

    /** A call of a stage. */
    record Call(int stage, int position, int tokens, String thread) {
    }

    private final List<Call> calls = Collections.synchronizedList(new ArrayList<>());

    static Device device(String id) {
        return new Device(id, DeviceKind.OTHER, "nobody", id, 0, DeviceFacts.NONE, "");
    }

    /** @param devices one for each stage; embedding and output are on the first and the last */
    Pipeline of(Hook hook, String... devices) {
        return withEmbedding(devices[0], hook, devices);
    }

    /** @param embedding the device of the embedding */
    Pipeline withEmbedding(String embedding, Hook hook, String... devices) {
        List<LayerStage> stages = new ArrayList<>();
        for (int i = 0; i < devices.length; i++) {
            stages.add(new ToyStage(i, device(devices[i]), hook));
        }
        return new Pipeline(DIM, new IdAndPosition(device(embedding)), stages, new NoOutput(device(devices[devices.length - 1])));
    }

    /** In the order in which they began. */
    List<Call> calls() {
        synchronized (calls) {
            return List.copyOf(calls);
        }
    }

    static float expected(int id, int stages) {
        float value = id;
        for (int stage = 0; stage < stages; stage++) {
            value = 3 * value + stage;
        }
        return value;
    }

    private final class ToyStage implements LayerStage {
        private final int index;
        private final Device device;
        private final Hook hook;

        ToyStage(int index, Device device, Hook hook) {
            this.index = index;
            this.device = device;
            this.hook = hook;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public int firstLayer() {
            return index;
        }

        @Override
        public int layerCount() {
            return 1;
        }

        @Override
        public StageCache openCache(CacheSpec spec) {
            return new ToyCache();
        }

        @Override
        public void forward(StageCache cache, HiddenStates x, int position) {
            calls.add(new Call(index, position, x.tokens(), Thread.currentThread().getName()));
            hook.enter(index, position);
            ((ToyCache) cache).append(position, x.tokens());
            for (int t = 0; t < x.tokens(); t++) {
                x.data()[t * DIM] = 3 * x.data()[t * DIM] + index;
            }
        }

        @Override
        public void close() {
        }
    }

    private record IdAndPosition(Device device) implements EmbeddingStage {
        @Override
        public void forward(int[] ids, int from, HiddenStates x) {
            for (int t = 0; t < x.tokens(); t++) {
                x.data()[t * DIM] = ids[from + t];
                x.data()[t * DIM + 1] = from + t;
            }
        }

        @Override
        public void close() {
        }
    }

    private record NoOutput(Device device) implements OutputStage {
        @Override
        public void logits(HiddenStates x, int row, float[] logits) {
            throw new UnsupportedOperationException();
        }

        @Override
        public int argmax(HiddenStates x, int row) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
        }
    }

    /** Counts rows, and refuses any that do not come in order. */
    static final class ToyCache implements StageCache {
        private int length;

        void append(int position, int tokens) {
            if (position != length) {
                throw new IllegalArgumentException("rows at " + position + " for a cache of " + length);
            }
            length += tokens;
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
        public boolean canTruncate(int position) {
            return position <= length;
        }

        @Override
        public void truncate(int position) {
            length = position;
        }

        @Override
        public void copyFrom(StageCache source, int positions) {
            throw new UnsupportedOperationException();
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {
        }
    }
}
