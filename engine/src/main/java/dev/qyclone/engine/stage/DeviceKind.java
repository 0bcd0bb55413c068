package dev.qyclone.engine.stage;

/** What sort of thing a device is. */
public enum DeviceKind {
    CPU, GPU, FPGA, SIMULATOR, OTHER
}
