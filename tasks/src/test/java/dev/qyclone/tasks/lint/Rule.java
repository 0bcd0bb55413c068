package dev.qyclone.tasks.lint;

/** What TornadoVM compiles to wrong code without a word, or not at all; and what to write instead. */
enum Rule {
    UNSIGNED_SHIFT("becomes a signed shift: mask after >>, as in (v >> 5) & 0x07ffffff"),
    DIVISION("rounds a negative value down, not towards 0: show that it is not negative, or use >> and say so"),
    SECOND_EXIT("gives wrong values: end loops by one plain condition, and put an if inside or compute the bound before"),
    CALL("does not compile, or is wrong: HalfBits has what halves need; a * b + c for fma; tables from the host for angles"),
    THROWN("does not exist on a device: check on the host, before the kernel runs"),
    INCLUSIVE("is compiled as what > or < is not, so that it holds for NaN: compare with < or > alone"),
    INFINITY("turns into anything under relaxed arithmetic: -1e30f serves as a mask"),
    STATIC("does not compile, or is read once when the kernel is compiled: hand it in as an array or a parameter"),
    PRIVATE_ARRAY("holds garbage, not zeros, before it is written: write every element in a loop before anything reads it"),
    HALF_WRITTEN("holds anything where it is left out, for what a kernel only writes is not uploaded: write it on every way, or read it"),
    MASKED_DIFFERENCE("counts as unsigned, so one below 0 becomes huge: sign-extend with (v << 24) >> 24, or convert to float first"),
    NAME("is a word or a function of OpenCL, and the driver may crash on it: name the kernel after what it computes"),
    NOT_PARALLEL("has no parallel loop, so that every work-item runs all of it: put @Parallel on the loop's variable"),
    MIXED("takes a KernelContext and has a parallel loop: it is one or the other"),
    NO_VARIABLE_TABLE("cannot be compiled for a device without names of variables: compile with -g"),
    DIVERGENT_BARRIER("hangs the device if some items of a group do not come by: keep it out of branches that differ by item");

    private final String why;

    Rule(String why) {
        this.why = why;
    }

    String why() {
        return why;
    }
}
