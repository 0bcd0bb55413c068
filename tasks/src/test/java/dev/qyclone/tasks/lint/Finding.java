package dev.qyclone.tasks.lint;

/**
 * A place in a kernel that must not be.
 *
 * @param method class and method
 * @param what the construct found there
 */
record Finding(Rule rule, String method, int line, String what) {
    @Override
    public String toString() {
        return method + ", line " + line + ": " + what + " " + rule.why() + " [" + rule + "]";
    }
}
