package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.FeedForward;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.Layers;
import java.util.List;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * The experts of layers of one kind, all of them stacked, so that a product finds the chosen one by an index that lies on the device. The
 * expert that all tokens share is kept as a dense layer's weights are.
 *
 * @param router (layers, experts, dim)
 * @param sharedGate (layers, 1, dim)
 * @param gateUp (layers · experts, 2 expertDim, dim)
 * @param down (layers · experts, dim, expertDim)
 * @param places (layers · experts, Layers.INTS): each expert is its own place among them
 */
record MixtureOnDevice(StackedMatrix router, StackedMatrix sharedGate, StackedMatrix gateUp, StackedMatrix down, IntArray places) {
    static MixtureOnDevice of(List<FeedForward.Mixture> layers, HostArrays arrays) {
        List<FeedForward.Dense> experts = layers.stream().flatMap(layer -> layer.experts().stream()).toList();
        IntArray places = new IntArray(experts.size() * Layers.INTS);
        for (int i = 0; i < experts.size(); i++) {
            places.set(i * Layers.INTS + Layers.SLICE, i);
        }
        return new MixtureOnDevice(StackedMatrix.of(layers.stream().map(layer -> List.of(layer.router())).toList(), arrays),
                StackedMatrix.of(layers.stream().map(layer -> List.of(layer.sharedGate())).toList(), arrays),
                StackedMatrix.gated(experts.stream().map(expert -> List.of(expert.gate(), expert.up())).toList(), arrays),
                StackedMatrix.of(experts.stream().map(expert -> List.of(expert.down())).toList(), arrays), places);
    }

    /**
     * The types of a layer's matrices, one for all experts.
     *
     * @throws EngineException UNSUPPORTED if experts of a layer differ
     */
    static Stream<TensorType> types(FeedForward.Mixture layer) {
        List<TensorType> first = layer.experts().getFirst().tensors().map(Tensor::type).toList();
        for (FeedForward.Dense expert : layer.experts()) {
            List<TensorType> types = expert.tensors().map(Tensor::type).toList();
            if (!types.equals(first)) {
                throw new EngineException(ErrorCode.UNSUPPORTED, "experts of a layer have weights of different types")
                        .expected(first).got(types).remedy("run these layers on the CPU");
            }
        }
        return Stream.concat(Stream.of(layer.router().type(), layer.sharedGate().type()),
                Stream.concat(layer.shared().tensors().map(Tensor::type), first.stream()));
    }
}
