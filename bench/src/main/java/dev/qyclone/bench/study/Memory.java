package dev.qyclone.bench.study;

import java.util.List;

/**
 * What a cell takes, in bytes.
 *
 * @param peakResidentBytes most that the cell's process held at once, the pages of mapped weights that it touched included, while it
 *     ran the model: the measurement of limits and of single layers is not in it; null where the system does not say, or where the cell
 *     ran in the JVM of the study
 * @param heapBytes used of Java's heap after the last round
 * @param cacheBytes keys and values of one session at the end of the prefill test
 * @param planned what the planner counts for each device, an upper bound
 */
public record Memory(Long peakResidentBytes, long heapBytes, long cacheBytes, List<Planned> planned) {
    /**
     * A device's share.
     *
     * @param mapped weights that are read in the file
     * @param copied weights that the device copies
     * @param kv keys and values for the whole context
     */
    public record Planned(String device, long mapped, long copied, long kv, long scratch) {
    }

    public Memory {
        planned = List.copyOf(planned);
    }
}
