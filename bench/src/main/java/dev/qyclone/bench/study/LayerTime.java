package dev.qyclone.bench.study;

/**
 * What one part of the model takes by itself, as a stage of its own.
 *
 * @param part {@code layer} or {@code output}
 * @param layer its index; -1 for the output
 * @param prefillNanos a call with the rows of the prefill test; of the output one row, as a prompt asks for no more
 * @param decodeNanos a call with one row
 * @param measured false where the time is that of another layer with the same shapes, types and window on the same device
 */
public record LayerTime(String part, int layer, String device, long prefillNanos, long decodeNanos, boolean measured) {
}
