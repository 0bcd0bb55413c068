package dev.qyclone.engine.sampler;

/**
 * The tokens that may still be chosen, with weights proportional to their probabilities. Reused from token to token, so that
 * choosing leaves no garbage. A whole vocabulary is never sorted: each filter first drops what it cannot keep in any case.
 */
final class Candidates {
    /** Of Shell's sort (Ciura 2001, further on by 2.25): in place, where {@code Arrays.sort} allocates an array with each partition. */
    private static final int[] GAPS = {1, 4, 10, 23, 57, 132, 301, 701, 1577, 3548, 7983, 17961, 40412, 90927};

    private long[] keys = new long[0]; // ascending order = descending logit, then ascending id
    private double[] weights = new double[0]; // exp((logit − largest logit) / temperature): the largest is 1
    private float[] largest = new float[0]; // min-heap of top-k
    private int count;
    private boolean sorted;
    private double total; // of the weights of all candidates
    private float maximum;
    private double temperature;

    int count() {
        return count;
    }

    int id(int index) {
        return (int) keys[index];
    }

    double probability(int index) {
        return weights[index] / total;
    }

    /** Starts anew with the {@code k} largest logits and all that equal the smallest of them; with all if k is 0. */
    void keepTopK(float[] logits, int k) {
        if (keys.length < logits.length) {
            keys = new long[logits.length];
            weights = new double[logits.length];
        }
        count = 0;
        sorted = false;
        float threshold = k == 0 || k >= logits.length ? Float.NEGATIVE_INFINITY : kthLargest(logits, k);
        maximum = Float.NEGATIVE_INFINITY;
        for (int id = 0; id < logits.length; id++) {
            if (logits[id] >= threshold) {
                maximum = Math.max(maximum, logits[id]);
                keys[count++] = key(logits[id], id);
            }
        }
    }

    /** Softmax at a temperature, but for the division by {@link #total}. */
    void weigh(double temperature) {
        this.temperature = temperature;
        total = 0;
        for (int i = 0; i < count; i++) {
            weights[i] = weight(keys[i]);
            total += weights[i];
        }
    }

    /**
     * Drops the least likely while what is dropped has at most the probability 1 − p together; at least one stays
     * (transformers' TopPLogitsWarper). Of equals at the border the lowest ids stay; Hugging Face leaves that to its sort.
     */
    void keepTopP(double p) {
        // Tokens below the mean of what may go weigh, all together, less than may go.
        dropBelow((1 - p) * total / count);
        sort();
        double before = weights[0];
        int kept = 1;
        while (kept < count && before < p * total) {
            before += weights[kept++];
        }
        count = kept;
        total = before;
    }

    /** Drops what is less likely than {@code p} times the likeliest (transformers' MinPLogitsWarper). */
    void keepMinP(double p) {
        dropBelow(p);
        total = 0;
        for (int i = 0; i < count; i++) {
            total += weights[i];
        }
    }

    /** The candidate at which the sum of probabilities, likeliest first and lowest id first of equals, exceeds {@code u} in [0, 1). */
    int draw(double u) {
        // Tokens below the mean of the mass beyond u lie beyond u in that order.
        dropBelow((1 - u) * total / count);
        sort();
        double sum = weights[0];
        int index = 0;
        while (index < count - 1 && sum <= u * total) {
            sum += weights[++index];
        }
        return id(index);
    }

    private void dropBelow(double floor) {
        int kept = 0;
        for (int i = 0; i < count; i++) {
            if (weights[i] >= floor) {
                keys[kept] = keys[i];
                weights[kept++] = weights[i];
            }
        }
        count = kept;
    }

    private void sort() {
        if (sorted) {
            return;
        }
        for (int i = GAPS.length - 1; i >= 0; i--) {
            sortApart(GAPS[i]);
        }
        for (int i = 0; i < count; i++) {
            weights[i] = weight(keys[i]);
        }
        sorted = true;
    }

    /** Sorts those that are {@code gap} places apart, by insertion. */
    private void sortApart(int gap) {
        for (int i = gap; i < count; i++) {
            long key = keys[i];
            int hole = i;
            for (; hole >= gap && keys[hole - gap] > key; hole -= gap) {
                keys[hole] = keys[hole - gap];
            }
            keys[hole] = key;
        }
    }

    private double weight(long key) {
        return Exponential.ofNegative(((double) logit(key) - maximum) / temperature);
    }

    /** The k-th largest value: a heap of the k largest so far, its smallest on top, which few values of a vocabulary exceed. */
    private float kthLargest(float[] values, int k) {
        if (largest.length < k) {
            largest = new float[k];
        }
        System.arraycopy(values, 0, largest, 0, k);
        for (int i = k / 2 - 1; i >= 0; i--) {
            sink(i, k);
        }
        for (int i = k; i < values.length; i++) {
            if (values[i] > largest[0]) {
                largest[0] = values[i];
                sink(0, k);
            }
        }
        return largest[0];
    }

    private void sink(int start, int size) {
        float value = largest[start];
        int hole = start;
        for (int child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
            if (child + 1 < size && largest[child + 1] < largest[child]) {
                child++;
            }
            if (largest[child] >= value) {
                break;
            }
            largest[hole] = largest[child];
            hole = child;
        }
        largest[hole] = value;
    }

    /** Logit in the upper half, mapped to whole numbers in descending order (−0 as 0), id in the lower. */
    private static long key(float logit, int id) {
        int bits = Float.floatToRawIntBits(logit + 0f);
        int ascending = bits ^ (bits >> 31 & 0x7fffffff);
        return (long) ~ascending << 32 | id;
    }

    private static float logit(long key) {
        int ascending = ~(int) (key >> 32);
        return Float.intBitsToFloat(ascending ^ (ascending >> 31 & 0x7fffffff));
    }
}
