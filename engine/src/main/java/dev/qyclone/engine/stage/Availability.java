package dev.qyclone.engine.stage;

/** Whether a backend can be used on this machine, and if not, why and what would help. */
public sealed interface Availability {
    /** Usable. */
    record Ready() implements Availability {
    }

    /** Not usable: the reason, and what to install or which flag to give. */
    record Missing(String reason, String remedy) implements Availability {
    }
}
