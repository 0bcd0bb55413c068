package dev.qyclone.engine.stage;

import java.util.Locale;

/** Which form of its kernels a device runs, where it has several. */
public enum KernelFamily {
    /** The backend chooses, by measurement or by what the device is. */
    AUTO,
    /** One independent item for each result: runs everywhere. */
    PARALLEL,
    /** Work-groups that share local memory. */
    CONTEXT,
    /** What synthesis for FPGAs accepts. */
    FPGA;

    /** As users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
