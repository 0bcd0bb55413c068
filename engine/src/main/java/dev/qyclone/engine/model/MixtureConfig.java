package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/**
 * The sizes of a mixture of experts.
 *
 * @param experts how many there are in a layer; 0 in a dense model
 * @param used how many a token goes to
 * @param expertDim width of an expert's inner state
 * @param sharedDim width of the shared expert's inner state
 * @param normalized true if the weights of the chosen experts are divided by their sum
 */
public record MixtureConfig(int experts, int used, int expertDim, int sharedDim, boolean normalized) {
    /** No experts: a dense model. */
    public static final MixtureConfig NONE = new MixtureConfig(0, 0, 0, 0, false);

    public MixtureConfig {
        boolean dense = experts == 0 && used == 0 && expertDim == 0 && sharedDim == 0;
        if (!dense && (experts < 1 || used < 1 || used > experts || expertDim < 1 || sharedDim < 1)) {
            throw new EngineException(ErrorCode.BAD_MODEL, "the model's mixture of experts is impossible")
                    .expected("1 to " + experts + " experts for a token, positive widths")
                    .got(used + " of " + experts + " experts of width " + expertDim + ", shared " + sharedDim);
        }
    }
}
