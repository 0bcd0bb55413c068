package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import java.util.ArrayList;
import java.util.List;

/**
 * How far a target's logits are from those of the plain reference, after a prompt and {@link #STEPS} ids more, the same ids for both.
 *
 * @param relativeL2 |a − b| / |b| over all compared logits
 * @param maxDifference the largest |a − b|
 * @param divergence Kullback-Leibler divergence of the target's distributions over ids from the reference's, in nats: the mean
 * @param firstDifferentId the first step whose best ids differ, or -1
 */
public record Parity(double relativeL2, double maxDifference, double divergence, int firstDifferentId) {
    /** Ids that follow the prompt, one by one, so that decode is compared too. */
    static final int STEPS = 3;
    /** Float sums in another order stay a hundred times below this; a kernel that is wrong does not. */
    private static final double BOUND = 1e-3;
    /** What rounded activations may change. */
    private static final double ROUNDED_BOUND = 1e-2;

    /** The largest {@link #relativeL2} of a target that decodes with activations of so many bits, 0 for floats. */
    static double bound(int activationBits) {
        return activationBits == 0 ? BOUND : ROUNDED_BOUND;
    }

    /** True if a row of a target with activations of so many bits, 0 for floats, can be believed. */
    public boolean sound(int activationBits) {
        return relativeL2 <= bound(activationBits);
    }

    /** What the reference says: the logits after the prompt and after each step, and the ids of those steps. */
    record Truth(int[] prompt, int[] steps, List<float[]> logits) {
    }

    static Truth truth(Engine reference, SessionOptions options, int[] prompt) {
        List<float[]> logits = new ArrayList<>();
        int[] steps = new int[STEPS];
        try (Session session = reference.newSession(options)) {
            logits.add(session.append(prompt, Session.Progress.NONE).clone());
            for (int i = 0; i < STEPS; i++) {
                steps[i] = best(logits.getLast());
                logits.add(session.append(new int[] {steps[i]}, Session.Progress.NONE).clone());
            }
        }
        return new Truth(prompt, steps, logits);
    }

    /** Compares two engines of the same model: a prompt, and {@link #STEPS} ids more. */
    public static Parity of(Engine engine, Engine reference, SessionOptions options, int[] prompt) {
        return of(engine, options, truth(reference, options, prompt));
    }

    static Parity of(Engine engine, SessionOptions options, Truth truth) {
        try (Session session = engine.newSession(options)) {
            Distance distance = new Distance();
            distance.add(session.append(truth.prompt(), Session.Progress.NONE), truth.logits().getFirst());
            for (int i = 0; i < STEPS; i++) {
                distance.add(session.append(new int[] {truth.steps()[i]}, Session.Progress.NONE), truth.logits().get(i + 1));
            }
            return distance.parity();
        }
    }

    /** Sums over all rows of logits. */
    private static final class Distance {
        private double squares;
        private double size;
        private double largest;
        private double divergence;
        private int rows;
        private int firstDifferent = -1;

        void add(float[] got, float[] expected) {
            for (int i = 0; i < expected.length; i++) {
                double difference = (double) got[i] - expected[i];
                squares += difference * difference;
                size += (double) expected[i] * expected[i];
                largest = Math.max(largest, Math.abs(difference));
            }
            divergence += divergence(got, expected);
            if (firstDifferent < 0 && best(got) != best(expected)) {
                firstDifferent = rows;
            }
            rows++;
        }

        Parity parity() {
            return new Parity(Math.sqrt(squares / size), largest, divergence / rows, firstDifferent);
        }

        private static double divergence(float[] got, float[] expected) {
            double sum = 0;
            double p = logOfSum(expected);
            double q = logOfSum(got);
            for (int i = 0; i < expected.length; i++) {
                sum += Math.exp(expected[i] - p) * (expected[i] - p - (got[i] - q));
            }
            return sum;
        }

        private static double logOfSum(float[] logits) {
            double largest = logits[best(logits)];
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit - largest);
            }
            return largest + Math.log(sum);
        }
    }

    /** The greedy id: the lowest index on ties. */
    static int best(float[] logits) {
        int best = 0;
        for (int i = 1; i < logits.length; i++) {
            if (logits[i] > logits[best]) {
                best = i;
            }
        }
        return best;
    }
}
