package dev.qyclone.bench.study;

/**
 * How near a cell came to what its device can do. A split cell is held to the limits of its devices, each for the share of layers that
 * it has.
 *
 * @param decodeBytesPerToken that must be read for one token: each weight once, and the keys and values so far
 * @param decodeFlopsPerToken 2 for each weight that is multiplied
 * @param prefillBytes that must be read for the whole prompt: each weight once
 * @param prefillFlops of the whole prompt
 * @param percentOfRead decode: bytes per second in percent of what the device can read; null where that limit is not known
 * @param percentOfFlops prefill: operations per second in percent of what the device can do; null where that limit is not known
 */
public record Roofline(
        long decodeBytesPerToken, long decodeFlopsPerToken, long prefillBytes, long prefillFlops, Double percentOfRead,
        Double percentOfFlops) {
}
