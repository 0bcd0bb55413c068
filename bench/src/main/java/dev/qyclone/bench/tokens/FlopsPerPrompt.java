package dev.qyclone.bench.tokens;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;

/**
 * Multiplications and additions of a prompt: two for each weight of a layer's matrices and each id, of a mixture for the experts that are
 * used; attention's two products with the positions that each id sees; the output once, for the last id. Norms, angles, gates and
 * exponentials are left out.
 */
public final class FlopsPerPrompt {
    private FlopsPerPrompt() {
    }

    /** @param depth positions that were there before the prompt */
    public static double of(Model model, int depth, int prompt) {
        double sum = 2.0 * model.output().elements();
        for (int i = 0; i < model.config().layers(); i++) {
            sum += ofLayer(model, i, depth, prompt);
        }
        return sum;
    }

    /** Of one layer. */
    public static double ofLayer(Model model, int layer, int depth, int prompt) {
        ModelConfig config = model.config();
        int window = config.attention().window(layer);
        double seen = 0;
        for (int position = depth; position < depth + prompt; position++) {
            seen += window == 0 ? position + 1 : Math.min(window, position + 1);
        }
        return 2.0 * prompt * UsedWeights.elements(model.layers().get(layer), config.mixture()) + 4 * seen * config.qDim();
    }
}
