package dev.qyclone.engine.stage;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Opens the stages of a placement; where a device refuses, those of the next one. */
final class StageOpener {
    /** What another device may do better. */
    private static final Set<ErrorCode> REFUSALS = EnumSet.of(
            ErrorCode.DEVICE_UNAVAILABLE, ErrorCode.DEVICE_WRONG, ErrorCode.OUT_OF_MEMORY, ErrorCode.UNSUPPORTED);

    private final Model model;
    private final Backends backends;
    /** So many layers or more are not to be asked for again: 0 for none at all. */
    private final Map<Asked, Integer> refused = new HashMap<>();

    /** A device, and whether it may keep copies of weights: one that is full may have room without them. */
    private record Asked(Device device, boolean copies) {
        static Asked of(Placement placement, Device device) {
            boolean output = placement.output().equals(device) && placement.outputOptions().repack();
            return new Asked(device, output
                    || placement.runs().stream().anyMatch(run -> run.device().equals(device) && run.options().repack()));
        }
    }

    StageOpener(Model model, Backends backends) {
        this.model = model;
        this.backends = backends;
    }

    PlacedPipeline open(Placement first, Fallback fallback) {
        Placement placement = first;
        while (true) {
            Attempt attempt = new Attempt(placement);
            try {
                return new PlacedPipeline(attempt.open(), placement);
            } catch (EngineException e) {
                if (!REFUSALS.contains(e.code())) {
                    throw e;
                }
                refuse(placement, attempt.current, e.code() == ErrorCode.OUT_OF_MEMORY);
                placement = fallback.without(placement, attempt.current, e);
                if (placement.devices().stream().anyMatch(wouldRefuse(placement))) {
                    throw e;
                }
            }
        }
    }

    private void refuse(Placement placement, Device device, boolean full) {
        int layers = full ? placement.layersOn(device) : 0;
        refused.merge(new Asked(device, true), layers, Math::min);
        if (!full || !Asked.of(placement, device).copies()) {
            refused.merge(new Asked(device, false), layers, Math::min);
        }
    }

    private Predicate<Device> wouldRefuse(Placement placement) {
        return device -> placement.layersOn(device) >= refused.getOrDefault(Asked.of(placement, device), Integer.MAX_VALUE);
    }

    /** One placement; {@link #current} is the device at work. */
    private final class Attempt {
        private final Placement placement;
        private final List<AutoCloseable> opened = new ArrayList<>();
        private Device current;

        Attempt(Placement placement) {
            this.placement = placement;
            this.current = placement.embedding();
        }

        Pipeline open() {
            try {
                EmbeddingStage embedding = open("the embedding", placement.embedding(),
                        () -> backends.of(current).openEmbedding(model, current));
                List<LayerStage> stages = new ArrayList<>();
                for (Placement.Run run : placement.runs()) {
                    String layers = "layers " + run.firstLayer() + "-" + (run.firstLayer() + run.count() - 1);
                    stages.add(open(layers, run.device(),
                            () -> backends.of(current).openLayers(model, current, run.firstLayer(), run.count(), run.options())));
                }
                OutputStage output = open("the output", placement.output(),
                        () -> backends.of(current).openOutput(model, current, placement.outputOptions()));
                return new Pipeline(model.config().dim(), embedding, stages, output);
            } catch (RuntimeException | Error e) {
                CloseAll.after(e, opened.reversed());
                throw e;
            }
        }

        private <T extends AutoCloseable> T open(String what, Device device, Supplier<T> opening) {
            current = device;
            try {
                T stage = opening.get();
                opened.add(stage);
                return stage;
            } catch (RuntimeException | Error e) {
                throw StageFailure.of(what + " on " + device.id(), device, e);
            }
        }
    }
}
