package dev.qyclone.profiles;

/**
 * Weights of one layer that lie in one array together with those of the same role in the layers beside it, where a device copies them.
 *
 * @param bytes as stored in the file
 * @param elements of the array that holds them on a device, at most
 * @param repacked bytes of a copy that the host may keep for decode
 */
public record WeightRole(String name, long bytes, long elements, long repacked) {
    /** How much larger weights may get, at most, where a device packs their blocks anew for its kernels. */
    private static final int GROWTH_PERCENT = 12;

    /** Of weights that decode on the host reads as they are stored. */
    public WeightRole(String name, long bytes, long elements) {
        this(name, bytes, elements, 0);
    }

    /** Bytes on a device that copies them, at most. */
    public long copied() {
        return grown(bytes);
    }

    static long grown(long bytes) {
        return bytes + Math.ceilDiv(Math.multiplyExact(bytes, (long) GROWTH_PERCENT), 100);
    }
}
