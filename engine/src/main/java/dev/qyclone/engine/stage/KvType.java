package dev.qyclone.engine.stage;

/** How keys and values are kept. */
public enum KvType {
    /** Exact. */
    F32(4),
    /** Half the memory; keys and values are rounded to 16 bits. */
    F16(2);

    private final int bytes;

    KvType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes per element. */
    public int bytes() {
        return bytes;
    }
}
