package dev.qyclone.tasks;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;

/** What a stage's batch graphs work with besides {@link StageArrays}. */
final class BatchArrays {
    final FloatArray normed; // (tokens, dim)
    final FloatArray panels; // of the largest matrix that is not in panels; null where products run by tiles
    // (tokens, rows of gates and ups, or of the largest matrix whose rows are no multiple of a panel's, padded); null by tiles
    final FloatArray sums;
    final MixtureArrays mixture; // null in dense models

    /** @param arrays where panels would lie on the host; nothing is ever written there */
    BatchArrays(ModelConfig config, List<LayerWeightsOnDevice> kinds, int tokens, KernelForms forms, HostArrays arrays) {
        this.normed = new FloatArray(Math.multiplyExact(tokens, config.dim()));
        List<StackedMatrix> all = kinds.stream().flatMap(BatchArrays::matrices).toList();
        this.panels = forms.tiles() == null ? arrays.floats(panels(all)) : null;
        this.sums = forms.tiles() == null ? sums(all, kinds, tokens) : null;
        this.mixture = config.mixture().experts() == 0 ? null : new MixtureArrays(config, tokens, forms.products());
    }

    private static int panels(List<StackedMatrix> all) {
        return all.stream().filter(m -> !arePanels(m)).mapToInt(m -> Math.multiplyExact(padded(m.rows()), m.cols())).max().orElse(1);
    }

    private static FloatArray sums(List<StackedMatrix> all, List<LayerWeightsOnDevice> kinds, int tokens) {
        int gateUp = kinds.stream().mapToInt(w -> w.gateUp.rows()).max().orElseThrow();
        int widest = all.stream().mapToInt(StackedMatrix::rows).filter(rows -> padded(rows) != rows).max().orElse(0);
        return new FloatArray(Math.multiplyExact(tokens, padded(Math.max(gateUp, widest))));
    }

    private static Stream<StackedMatrix> matrices(LayerWeightsOnDevice w) {
        Stream<StackedMatrix> all = Stream.of(w.qkv, w.attnOut, w.gateUp, w.down);
        return w.mixture == null ? all : Stream.concat(all, Stream.of(w.mixture.router(), w.mixture.sharedGate()));
    }

    /** Gives them a place on the device. */
    void placeIn(Steps steps) {
        if (panels != null) {
            steps.reserve(panels); // filled before they are read
        }
        Stream<Object> own = Stream.<Object>of(normed, sums).filter(Objects::nonNull);
        steps.own((mixture == null ? own : Stream.concat(own, Stream.of(mixture.all()))).toArray());
    }

    /** Rows up to the next whole panel. */
    static int padded(int rows) {
        return PanelProducts.panels(rows) * PanelProducts.LANES;
    }

    /** Packed floats lie as panels do. */
    static boolean arePanels(StackedMatrix weights) {
        return weights.parts().size() == 1 && weights.parts().getFirst().matrix().type() == TensorType.F32;
    }
}
