package dev.qyclone.engine.error;

/** The kind of a failure, for callers that react to it; people read the message. */
public enum ErrorCode {
    /** A file or folder that was named is not there or cannot be read. */
    FILE_NOT_FOUND,
    /** A file is not in the format it should be, or is damaged. */
    BAD_FILE,
    /** The file is sound, but the model in it contradicts itself. */
    BAD_MODEL,
    /** A sound request or model that this version does not handle. */
    UNSUPPORTED,
    /** The caller asked for something that makes no sense. */
    BAD_REQUEST,
    /** Prompt and output do not fit into the context. */
    CONTEXT_FULL,
    /** NaN or infinity appeared in hidden states or logits. */
    NON_FINITE,
    /** A device was asked for that is not there or is not usable. */
    DEVICE_UNAVAILABLE,
    /** A device computes other numbers than the reference, as its self-check found. */
    DEVICE_WRONG,
    /** A device failed while it computed: it was lost, or its driver gave up. */
    DEVICE_FAILED,
    /** A device's or the host's memory does not suffice. */
    OUT_OF_MEMORY,
    /** A file could not be written. */
    WRITE_FAILED
}
