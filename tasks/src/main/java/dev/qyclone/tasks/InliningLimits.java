package dev.qyclone.tasks;

import java.util.function.UnaryOperator;

/**
 * How much TornadoVM inlines into a kernel. It refuses a method of more than twice the nodes of Graal's {@code MaximumInliningSize} (300 by
 * default), and Graal's inliner may stop where it has tried a thousand calls: what is left then stays a call. Graal takes both options from
 * the properties that a JVM is started with.
 */
final class InliningLimits {
    static final String SIZE = "jdk.graal.MaximumInliningSize";
    static final String CALLS = "jdk.graal.MethodInlineBailoutLimit";
    /**
     * For methods as large as a whole kernel may be: how many nodes a method has depends on what of it is inlined first, and so on what the
     * JVM has loaded before.
     */
    static final int NEEDED_SIZE = 10_000;
    /** No limit. */
    static final String NEEDED_CALLS = "0";
    /** In words, for the user. */
    static final String FLAGS = "-D" + SIZE + "=" + NEEDED_SIZE + " -D" + CALLS + "=" + NEEDED_CALLS;

    private InliningLimits() {
    }

    /**
     * Whether kernels for weights of several types compile here. A JVM that somebody starts himself may have Graal's defaults; each type
     * then has a launch of its own.
     *
     * @param property the JVM's system properties
     */
    static boolean areRaised(UnaryOperator<String> property) {
        String size = property.apply(SIZE);
        return size != null && size.matches("\\d{1,9}") && Integer.parseInt(size) >= NEEDED_SIZE
                && NEEDED_CALLS.equals(property.apply(CALLS));
    }
}
