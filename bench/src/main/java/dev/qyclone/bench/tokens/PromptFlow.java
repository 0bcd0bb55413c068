package dev.qyclone.bench.tokens;

/** How the pieces of a prompt go through the stages. */
public enum PromptFlow {
    /** As a run does it: while a stage computes a piece, the stage before it computes the next one. */
    PIPELINED("pipelined"),
    /** A piece leaves the last stage before the next enters the first: what pipelining is measured against. */
    IN_TURN("in turn");

    private final String label;

    PromptFlow(String label) {
        this.label = label;
    }

    public String label() {
        return label;
    }
}
