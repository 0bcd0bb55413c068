package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.Parity;

/** Sums over rows of logits that are compared with a reference's; in double, so that the sums themselves are no difference. */
final class LogitDistance {
    private double squares;
    private double size;
    private double largest;
    private double sumKl;
    private double maxKl;
    private int rows;
    private Parity.Different firstDifferent;

    /** @param step ids after the prompt */
    void add(float[] got, float[] expected, int prompt, int step) {
        for (int i = 0; i < expected.length; i++) {
            double difference = (double) got[i] - expected[i];
            squares += difference * difference;
            size += (double) expected[i] * expected[i];
            largest = Math.max(largest, Math.abs(difference));
        }
        double kl = kl(expected, got);
        sumKl += kl;
        maxKl = Math.max(maxKl, kl);
        int wanted = LogitRows.best(expected);
        int chosen = LogitRows.best(got);
        if (firstDifferent == null && wanted != chosen) {
            firstDifferent = new Parity.Different(prompt, step, wanted, chosen, (double) expected[wanted] - expected[chosen]);
        }
        rows++;
    }

    /** Σ p ln(p / q) with p = softmax(expected), q = softmax(got); what rounding takes below 0 is 0. */
    static double kl(float[] expected, float[] got) {
        double expectedSum = logSum(expected);
        double gotSum = logSum(got);
        double kl = 0;
        for (int i = 0; i < expected.length; i++) {
            double logP = expected[i] - expectedSum;
            kl += Math.exp(logP) * (logP - (got[i] - gotSum));
        }
        return Math.max(kl, 0);
    }

    /** ln Σ exp(x), without overflow. */
    private static double logSum(float[] logits) {
        double most = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            most = Math.max(most, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - most);
        }
        return most + Math.log(sum);
    }

    Parity parity() {
        return new Parity(rows, Math.sqrt(squares / size), largest, sumKl / rows, maxKl, firstDifferent);
    }
}
