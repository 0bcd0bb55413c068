package dev.qyclone.bench.study;

/**
 * How far logits are from a reference's, over some prompts and the ids after them; both are given the reference's greedy ids.
 *
 * @param rows of logits that were compared
 * @param relativeL2 |a − b| / |b| over all of them
 * @param maxDifference the largest |a − b|
 * @param meanKl Kullback-Leibler divergence of the softmax of a from that of b, in nats: the mean over the rows
 * @param maxKl the largest of them
 * @param firstDifferent the first row whose greedy ids differ; null for none
 */
public record Parity(int rows, double relativeL2, double maxDifference, double meanKl, double maxKl, Different firstDifferent) {
    /** Float sums in another order stay a hundred times below this; a kernel that is wrong does not. */
    public static final double BOUND = 1e-3;

    /**
     * Two greedy ids that differ.
     *
     * @param prompt index of the prompt
     * @param step ids after the prompt
     * @param margin by how much the reference prefers its own id to the other, in logits: next to nothing where two were level
     */
    public record Different(int prompt, int step, int expectedId, int gotId, double margin) {
    }

    public Parity {
        if (rows < 1) {
            throw new IllegalArgumentException("no rows");
        }
    }

    /** True if the logits are the reference's but for rounding. */
    public boolean sound() {
        return relativeL2 <= BOUND; // NaN is not
    }
}
