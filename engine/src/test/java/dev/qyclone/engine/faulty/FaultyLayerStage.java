package dev.qyclone.engine.faulty;

import dev.qyclone.engine.cpu.CpuParts;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.Pipeline;
import dev.qyclone.engine.stage.StageCache;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.IntStream;

/** Layers one by one on the host, so that a fault can strike between any two. */
final class FaultyLayerStage implements LayerStage {
    private final Device device;
    private final int firstLayer;
    private final List<LayerStage> layers;
    private final Supplier<Fault> fault;
    private final AtomicInteger open;
    private final CountedStages.Count count;

    FaultyLayerStage(Device device, Model model, Ops ops, int firstLayer, int count, KvType kvType, Supplier<Fault> fault,
            AtomicInteger open) {
        this.device = device;
        this.firstLayer = firstLayer;
        this.layers = IntStream.range(firstLayer, firstLayer + count)
                .mapToObj(layer -> CpuParts.layers(device, model, ops, layer, 1, kvType)).toList();
        this.fault = fault;
        this.open = open;
        this.count = new CountedStages.Count(open, fault);
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
        return layers.size();
    }

    @Override
    public StageCache openCache(CacheSpec spec) {
        if (fault.get() instanceof Fault.NoRoomForCaches) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "there is no room for a cache on " + device.id());
        }
        return new FaultyCache(layers.stream().map(layer -> layer.openCache(spec)).toList(), this::failIfLost,
                new CountedStages.Count(open, fault));
    }

    @Override
    public void forward(StageCache cache, HiddenStates x, int position) {
        FaultyCache own = (FaultyCache) cache;
        boolean noticed = true;
        for (int i = 0; i < layers.size(); i++) {
            int layer = firstLayer + i;
            failBefore(layer);
            if (noticed) {
                layers.get(i).forward(own.layers().get(i), x, position);
            }
            noticed &= spoilAfter(layer, x);
        }
    }

    private void failIfLost() {
        if (fault.get() instanceof Fault.Lost) {
            throw new EngineException(ErrorCode.DEVICE_FAILED, device.id() + " is lost");
        }
    }

    private void failBefore(int layer) {
        failIfLost();
        if (fault.get() instanceof Fault.FailureInLayer failure && failure.layer() == layer) {
            throw new EngineException(failure.code(), "layer " + layer + " on " + device.id() + " failed")
                    .remedy("choose another device for it");
        }
    }

    /** False where the stage shall go on with numbers that are none. */
    private boolean spoilAfter(int layer, HiddenStates x) {
        Fault now = fault.get();
        if (now instanceof Fault.WrongLayer wrong && wrong.layer() == layer) {
            FaultyOps.skew(x.data(), x.tokens() * x.dim());
        }
        if (now instanceof Fault.NanInLayer nan && nan.layer() == layer) {
            x.data()[0] = Float.NaN;
            throw Pipeline.nonFinite("the output of layer " + layer + " on " + device.id(), "row 0, column 0", Float.NaN);
        }
        if (now instanceof Fault.UnnoticedNanInLayer nan && nan.layer() == layer) {
            x.data()[0] = Float.NaN;
            return false;
        }
        return true;
    }

    @Override
    public void close() {
        layers.forEach(LayerStage::close);
        count.end();
    }

    /** One cache for each layer; {@code touch} throws where the device cannot be reached. */
    private record FaultyCache(List<StageCache> layers, Runnable touch, CountedStages.Count count) implements StageCache {
        @Override
        public int length() {
            return layers.stream().mapToInt(StageCache::length).min().orElseThrow();
        }

        @Override
        public int firstHeld() {
            return layers.stream().mapToInt(StageCache::firstHeld).max().orElseThrow();
        }

        @Override
        public boolean canTruncate(int length) {
            return layers.stream().allMatch(layer -> layer.canTruncate(length));
        }

        @Override
        public void truncate(int length) {
            touch.run();
            layers.forEach(layer -> layer.truncate(length));
        }

        @Override
        public void copyFrom(StageCache source, int length) {
            touch.run();
            if (!(source instanceof FaultyCache other) || other.layers.size() != layers.size()) {
                throw new IllegalArgumentException("the source belongs to another stage");
            }
            for (int i = 0; i < layers.size(); i++) {
                layers.get(i).copyFrom(other.layers.get(i), length);
            }
        }

        @Override
        public long bytes() {
            return layers.stream().mapToLong(StageCache::bytes).sum();
        }

        @Override
        public void close() {
            layers.forEach(StageCache::close);
            count.end();
        }
    }
}
