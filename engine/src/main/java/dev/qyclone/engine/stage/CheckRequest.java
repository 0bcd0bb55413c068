package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Which kernels of a device are compared with the scalar reference.
 *
 * @param config whose shapes they get
 * @param types of the weights
 * @param families those to try; AUTO stands for what the backend would choose
 * @param rates also measure how fast they are
 * @param watcher told how far the check has come, by backends whose checks take long
 */
public record CheckRequest(ModelConfig config, Set<TensorType> types, List<KernelFamily> families, boolean rates, Watcher watcher) {
    /** Sees a check go on. */
    @FunctionalInterface
    public interface Watcher {
        /** So many of all combinations of a family and a type have been checked. */
        void checked(int done, int of);
    }

    public CheckRequest {
        types = Set.copyOf(types);
        families = List.copyOf(families);
    }

    /** Nobody watches. */
    public CheckRequest(ModelConfig config, Set<TensorType> types, List<KernelFamily> families, boolean rates) {
        this(config, types, families, rates, (done, of) -> { });
    }

    /** The same, watched. */
    public CheckRequest withWatcher(Watcher other) {
        return new CheckRequest(config, types, families, rates, other);
    }

    /** The kernels that a model needs: those for the types that its matrices are stored in. */
    public static CheckRequest of(Model model, List<KernelFamily> families, boolean rates) {
        Stream<Tensor> tensors = Stream.concat(Stream.of(model.output()), model.layers().stream().flatMap(LayerWeights::tensors));
        Set<TensorType> types = tensors.filter(tensor -> tensor.shape().size() > 1).map(Tensor::type).collect(Collectors.toSet());
        return new CheckRequest(model.config(), types, families, rates);
    }
}
