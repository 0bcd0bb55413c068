package dev.qyclone.profiles.tune;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.EmbeddingStage;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.OutputStage;
import dev.qyclone.engine.stage.StageCache;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.ModelNeeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Devices that take a known time by a clock of their own, and compute nothing. */
final class FakeBackend implements Backend {
    /** What comes of the self-check. */
    enum Check {
        PASSES, FAILS, THROWS
    }

    /** What a device takes, in nanoseconds, and what is wrong with it. */
    record Manner(long call, long layerRow, long embeddingRow, long logits, int failsFromLayer, Check check) {
        static Manner of(long call, long layerRow) {
            return new Manner(call, layerRow, 10, 5 * layerRow, Integer.MAX_VALUE, Check.PASSES);
        }

        Manner failingFromLayer(int layer) {
            return new Manner(call, layerRow, embeddingRow, logits, layer, check);
        }

        Manner failingTheCheck() {
            return new Manner(call, layerRow, embeddingRow, logits, failsFromLayer, Check.FAILS);
        }

        Manner breakingTheCheck() {
            return new Manner(call, layerRow, embeddingRow, logits, failsFromLayer, Check.THROWS);
        }
    }

    private final Map<Device, Manner> manners = new LinkedHashMap<>();
    final List<String> opened = new ArrayList<>();
    int open;
    long nanos;
    /** What it takes, in nanoseconds, to begin on another device than the last. */
    long change;
    /** How many times as long everything takes. */
    int slowness = 1;
    private Device last;

    FakeBackend with(String id, DeviceKind kind, long memory, Manner manner) {
        return with(id, kind, memory, DeviceFacts.NONE, manner);
    }

    FakeBackend with(String id, DeviceKind kind, long memory, DeviceFacts facts, Manner manner) {
        manners.put(new Device(id, kind, "nobody", "fake " + id, memory, facts, "note"), manner);
        return this;
    }

    long clock() {
        return nanos;
    }

    private void take(long time) {
        nanos += time * slowness;
    }

    private void begin(Device device) {
        take(last == null || last.equals(device) ? 0 : change);
        last = device;
    }

    @Override
    public String name() {
        return "fake";
    }

    @Override
    public Availability availability() {
        return new Availability.Ready();
    }

    @Override
    public List<Device> devices() {
        return List.copyOf(manners.keySet());
    }

    @Override
    public EmbeddingStage openEmbedding(Model model, Device device) {
        open++;
        return new FakeEmbedding(device);
    }

    @Override
    public LayerStage openLayers(Model model, Device device, int firstLayer, int count, StageOptions options) {
        long largest = device.facts().largestBufferBytes();
        if (largest > 0 && largestArray(model, firstLayer, count) > largest) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, device.id() + " allows no array as large");
        }
        opened.add(device.id() + " " + firstLayer + "+" + count);
        open++;
        return new FakeLayers(device, firstLayer, count);
    }

    /** Bytes of the largest of a stage's arrays, as devices stack weights of one role. */
    private static long largestArray(Model model, int firstLayer, int count) {
        Map<String, Long> arrays = new LinkedHashMap<>();
        ModelNeeds.of(model).layers().subList(firstLayer, firstLayer + count).stream().flatMap(layer -> layer.roles().stream())
                .forEach(role -> arrays.merge(role.name(), role.copied(), Long::sum));
        return Collections.max(arrays.values());
    }

    @Override
    public OutputStage openOutput(Model model, Device device, StageOptions options) {
        opened.add(device.id() + " output");
        open++;
        return new FakeOutput(device);
    }

    @Override
    public CheckReport check(Device device, CheckRequest request) {
        double error = switch (manners.get(device).check) {
            case PASSES -> 0;
            case FAILS -> 1;
            case THROWS -> throw new UnsupportedOperationException("another maker's runtime");
        };
        return new CheckReport(device, List.of(CheckRow.ran("logits", KernelFamily.AUTO, "Q8_0", "1x1", error, 1e-5, 0, "")));
    }

    @Override
    public void close() {
    }

    private final class FakeEmbedding implements EmbeddingStage {
        private final Device device;

        FakeEmbedding(Device device) {
            this.device = device;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public void forward(int[] ids, int from, HiddenStates x) {
            take(x.tokens() * manners.get(device).embeddingRow);
        }

        @Override
        public void close() {
            open--;
        }
    }

    private final class FakeLayers implements LayerStage {
        private final Device device;
        private final int firstLayer;
        private final int count;

        FakeLayers(Device device, int firstLayer, int count) {
            this.device = device;
            this.firstLayer = firstLayer;
            this.count = count;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public int firstLayer() {
            return firstLayer;
        }

        @Override
        public int layerCount() {
            return count;
        }

        @Override
        public StageCache openCache(CacheSpec spec) {
            return new FakeCache();
        }

        @Override
        public void forward(StageCache cache, HiddenStates x, int position) {
            FakeCache own = (FakeCache) cache;
            if (own.length != position) {
                throw new IllegalStateException("cache of " + own.length + " rows, position " + position);
            }
            Manner manner = manners.get(device);
            if (firstLayer + count > manner.failsFromLayer) {
                throw new EngineException(ErrorCode.NON_FINITE, "the output of layer " + manner.failsFromLayer + " on " + device.id());
            }
            begin(device);
            own.length += x.tokens();
            take(manner.call + count * x.tokens() * manner.layerRow);
        }

        @Override
        public void close() {
            open--;
        }
    }

    private final class FakeOutput implements OutputStage {
        private final Device device;

        FakeOutput(Device device) {
            this.device = device;
        }

        @Override
        public Device device() {
            return device;
        }

        @Override
        public void logits(HiddenStates x, int row, float[] logits) {
            begin(device);
            take(manners.get(device).logits);
        }

        @Override
        public int argmax(HiddenStates x, int row) {
            return 0;
        }

        @Override
        public void close() {
            open--;
        }
    }

    private static final class FakeCache implements StageCache {
        private int length;

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
        public void copyFrom(StageCache source, int rows) {
            throw new IllegalStateException("nobody copies here");
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
