package dev.qyclone.engine.stage;

/** Whether a device computes with 16-bit floats, as found by running a kernel: what drivers say of it is not to be trusted. */
public enum HalfFloats {
    YES, NO, UNKNOWN
}
