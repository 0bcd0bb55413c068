package dev.qyclone.profiles;

import java.util.List;

/** Where the layers of a rule are to run. Devices are ids, or one of the {@link DeviceWord}s. */
public sealed interface Target {
    /** On one device. */
    record One(String device) implements Target {
    }

    /** On the first device as long as layers fit, then on the next. */
    record Fill(List<String> devices) implements Target {
        public Fill {
            devices = List.copyOf(devices);
            if (devices.isEmpty()) {
                throw new IllegalArgumentException("no devices to fill");
            }
        }
    }

    /** As measured, where the model was tuned on this machine; else by a rule of thumb: GPUs first, filled, then the CPU. */
    record Auto() implements Target {
    }
}
