package dev.qyclone.bench.study;

import com.fasterxml.jackson.annotation.JsonProperty;

/** What came of a cell. */
public enum Status {
    /** All rounds ran, and the logits are those of the reference. */
    @JsonProperty("measured")
    MEASURED("measured"),
    /** It ran, and its logits are too far from those of the reference: its speed means nothing. */
    @JsonProperty("wrong")
    WRONG("wrong"),
    /** It could not be opened, or broke down. */
    @JsonProperty("failed")
    FAILED("failed"),
    /** This machine or this model has no such cell: vectors that are too wide, a type that the weights cannot take. */
    @JsonProperty("not_run")
    NOT_RUN("not run"),
    /** The study was ended before it was through. */
    @JsonProperty("incomplete")
    INCOMPLETE("incomplete");

    private final String words;

    Status(String words) {
        this.words = words;
    }

    /** For people. */
    public String words() {
        return words;
    }

    /** True if a study with such a cell has found something wrong. */
    public boolean isFault() {
        return this == WRONG || this == FAILED;
    }
}
