package dev.qyclone.engine.model;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;

/** How a model stretches its rotary frequencies beyond the length that it was trained at. */
public sealed interface RopeScaling {
    /** The plain frequencies at every length. */
    record None() implements RopeScaling {
    }

    /**
     * Dynamic NTK of the first Qwen (modeling_qwen.py, get_ntk_alpha): the base grows with the length of the prompt.
     *
     * @param trainedLength S: prompts up to here change nothing
     */
    record DynamicNtk(int trainedLength) implements RopeScaling {
        public DynamicNtk {
            require(trainedLength > 0, "seq_length", "a positive number", trainedLength);
        }
    }

    /**
     * YaRN (arXiv 2309.00071; modeling_rope_utils.py), static: it applies to all lengths.
     *
     * @param factor s, by how much positions are stretched
     * @param originalContext L0, the length that the model was trained at
     * @param attentionFactor what cosines and sines are multiplied with; 0 means 0.1 ln s + 1
     * @param betaFast turns over L0 from which a frequency is left alone
     * @param betaSlow turns over L0 below which a frequency is fully stretched
     */
    record Yarn(double factor, int originalContext, double attentionFactor, double betaFast, double betaSlow) implements RopeScaling {
        /** The paper's turns. */
        public static final double BETA_FAST = 32;
        /** The paper's turns. */
        public static final double BETA_SLOW = 1;

        public Yarn {
            require(factor >= 1 && factor < 1e6, "YaRN factor", "a number from 1 on", factor);
            require(originalContext > 0, "YaRN original context", "a positive number", originalContext);
            require(attentionFactor >= 0 && attentionFactor < 1e3, "YaRN attention factor", "a positive number", attentionFactor);
            require(betaSlow > 0 && betaFast > betaSlow, "YaRN beta_fast", "more than beta_slow " + betaSlow, betaFast);
        }

        /** With the paper's constants. */
        public static Yarn of(double factor, int originalContext) {
            return new Yarn(factor, originalContext, 0, BETA_FAST, BETA_SLOW);
        }

        /** What cosines and sines are multiplied with. */
        public double temperature() {
            return attentionFactor > 0 ? attentionFactor : 0.1 * Math.log(factor) + 1;
        }
    }

    private static void require(boolean condition, String name, String expected, Object got) {
        if (!condition) {
            throw new EngineException(ErrorCode.BAD_MODEL, "the " + name + " is impossible").expected(expected).got(got);
        }
    }
}
