package dev.qyclone.engine.sampler;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/** The last guard before a token is chosen: a NaN among the logits would otherwise choose silently. */
final class FiniteLogits {
    private FiniteLogits() {
    }

    /**
     * Checks every logit.
     *
     * @throws EngineException NON_FINITE, naming the first id whose logit is NaN or infinite
     */
    static void require(float[] logits) {
        // x - x is 0 for finite x and NaN otherwise; four sums keep the loop free of one long chain of additions.
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = 0;
        for (; i + 4 <= logits.length; i += 4) {
            a += logits[i] - logits[i];
            b += logits[i + 1] - logits[i + 1];
            c += logits[i + 2] - logits[i + 2];
            d += logits[i + 3] - logits[i + 3];
        }
        for (; i < logits.length; i++) {
            a += logits[i] - logits[i];
        }
        if (a + b + c + d != 0) {
            throw firstBad(logits);
        }
    }

    private static EngineException firstBad(float[] logits) {
        int id = 0;
        while (Float.isFinite(logits[id])) {
            id++;
        }
        return new EngineException(ErrorCode.NON_FINITE, "output stage: the logit of token id " + id + " is not finite")
                .expected("a finite number").got(logits[id])
                .remedy("the model file or the device that computed it is at fault; try --device cpu:scalar");
    }
}
