package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** The files that the cells of a run share: weights in other types, and for each type the logits of the plain reference. */
final class References {
    private static final String DEVICE = "cpu:scalar";

    private final Path scratch;
    private final Map<String, Path> converted = new HashMap<>();
    private final Map<String, Path> logits = new HashMap<>();
    private final Map<String, EngineException> impossible = new HashMap<>();
    private final Map<String, EngineException> failed = new HashMap<>();
    private volatile CellWorker running;

    /** @param scratch where they lie */
    References(Path scratch) {
        this.scratch = scratch;
    }

    /** What a reference that is no cell of a study runs on. */
    static CellTarget target(String type) {
        return new CellTarget(type, List.of(DEVICE), 0, CellTarget.AUTO);
    }

    /** True if a cell is a reference, whose logits others can be compared with. */
    static boolean isOf(CellTarget target) {
        return target.devices().equals(List.of(DEVICE));
    }

    /**
     * Makes weights of a type, unless the model has them; what is impossible is told by {@link #impossible}.
     *
     * @param twice whether the weights of the file are measured too: then a type that they have is no other row
     */
    void convert(Model model, String type, boolean twice, Consumer<String> status) {
        if (type.equals(CellTarget.STORED)) {
            return;
        }
        try {
            TensorType wanted = TensorType.valueOf(type.toUpperCase(Locale.ROOT));
            ConvertedWeights.requirePossible(model, wanted);
            if (!ConvertedWeights.isAlready(model, wanted)) {
                status.accept("store the weights as " + wanted);
                Path file = scratch.resolve("weights-" + type + ".bin");
                ConvertedWeights.write(model, wanted, file);
                converted.put(type, file);
            } else if (twice) {
                impossible.put(type, new EngineException(ErrorCode.UNSUPPORTED, "the weights of the file are " + wanted
                        + " already, and measured as they are stored"));
            }
        } catch (EngineException e) {
            impossible.put(type, e);
        }
    }

    /** Why a type's weights could not be made; null where they are there. */
    EngineException impossible(String type) {
        return impossible.get(type);
    }

    /** The file with a type's weights; null where the model's own are meant. */
    Path weights(String type) {
        return converted.get(type);
    }

    /** True if the weights are not those of the file. */
    boolean isConverted(String type) {
        return converted.containsKey(type);
    }

    /** The reference's logits; null before they are there. */
    synchronized Path logits(String type) {
        return logits.get(type);
    }

    /**
     * The reference's logits, computed by a worker that is there for this alone where they are not there yet. What failed for a type is not
     * tried again: a reference can take long to fail.
     *
     * @throws EngineException with the reference's failure
     */
    synchronized Path logits(String type, Supplier<CellWorker> workers) {
        if (failed.containsKey(type)) {
            throw failed.get(type);
        }
        if (!logits.containsKey(type)) {
            try (CellWorker reference = workers.get()) {
                running = reference;
                reference.prepare();
                reference.openForLogits();
                write(type, reference);
            } catch (EngineException e) {
                failed.put(type, new EngineException(e.code(), "there is nothing to compare with, as the reference failed: "
                        + e.getMessage(), e));
                throw failed.get(type);
            } finally {
                running = null;
            }
        }
        return logits.get(type);
    }

    /** Ends a reference that is computing, from another thread. */
    void stop() {
        CellWorker reference = running;
        if (reference != null) {
            reference.close();
        }
    }

    /** Lets a worker on the plain reference write them. */
    synchronized void write(String type, CellWorker reference) {
        Path file = scratch.resolve("logits-" + type + ".bin");
        reference.writeReference(file);
        logits.put(type, file);
    }
}
