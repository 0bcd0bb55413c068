package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.TensorType;
import java.util.List;
import java.util.Set;

/**
 * Which kernels of a device are compared with the scalar reference.
 *
 * @param config whose shapes they get
 * @param types of the weights
 * @param families those to try; AUTO stands for what the backend would choose
 * @param rates also measure how fast they are
 */
public record CheckRequest(ModelConfig config, Set<TensorType> types, List<KernelFamily> families, boolean rates) {
    public CheckRequest {
        types = Set.copyOf(types);
        families = List.copyOf(families);
    }
}
