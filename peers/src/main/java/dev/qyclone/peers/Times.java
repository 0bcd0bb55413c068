package dev.qyclone.peers;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** What one contestant took, round for round. */
final class Times {
    private final List<Double> prefill = new ArrayList<>();
    private final List<Double> decode = new ArrayList<>();

    /**
     * Adds a round: a call that reads the prompt and writes one id, and one that writes {@code more} ids besides. Their difference
     * is the time of the ids, for any engine, without asking it.
     */
    void add(int promptIds, long one, int more, long all) {
        prefill.add(promptIds / (one / 1e9));
        decode.add(more / ((all - one) / 1e9));
    }

    double prefill() {
        return median(prefill);
    }

    double decode() {
        return median(decode);
    }

    private static double median(List<Double> values) {
        List<Double> sorted = new ArrayList<>(values);
        Collections.sort(sorted);
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }
}
