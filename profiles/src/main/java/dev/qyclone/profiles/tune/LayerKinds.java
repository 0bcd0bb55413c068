package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Which layers of a model cost the same: those whose weights have the same types and shapes and whose queries see as far. One of each
 * kind is measured.
 *
 * @param ofLayer for each layer its kind, numbered from 0 in the order in which they first come
 */
public record LayerKinds(List<Integer> ofLayer) {
    public LayerKinds {
        ofLayer = List.copyOf(ofLayer);
    }

    /** The kinds of a model's layers; its weights are not read. */
    public static LayerKinds of(Model model) {
        List<String> known = new ArrayList<>();
        List<Integer> kinds = new ArrayList<>();
        for (int layer = 0; layer < model.layers().size(); layer++) {
            String description = describe(model, layer);
            if (!known.contains(description)) {
                known.add(description);
            }
            kinds.add(known.indexOf(description));
        }
        return new LayerKinds(kinds);
    }

    /** Types and shapes of a layer's weights, and its window. */
    static String describe(Model model, int layer) {
        String weights = model.layers().get(layer).tensors()
                .map(tensor -> tensor.type() + " " + tensor.rows() + "x" + tensor.cols()).collect(Collectors.joining(", "));
        return weights + ", window " + model.config().attention().window(layer);
    }

    /** How many kinds there are. */
    public int count() {
        return ofLayer.stream().mapToInt(kind -> kind + 1).max().orElse(0);
    }

    /** The first layer of a kind. */
    public int first(int kind) {
        return ofLayer.indexOf(kind);
    }
}
