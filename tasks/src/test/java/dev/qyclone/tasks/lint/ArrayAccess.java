package dev.qyclone.tasks.lint;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Which of the arrays that a kernel was handed a method reads and writes, and on which ways through it. TornadoVM uploads no array that a
 * kernel only writes, so that what is left out is not what was there before.
 */
final class ArrayAccess {
    private final KernelMethod method;
    private final Set<Integer> read; // by the kernel and all of its helpers
    private final Map<Integer, Integer> written = new TreeMap<>(); // the first instruction that may write a parameter
    private final Map<Integer, Set<Integer>> surely = new TreeMap<>(); // the instructions that write it, whatever a helper decides

    ArrayAccess(KernelMethod method) {
        this(method, new HashSet<>());
    }

    private ArrayAccess(KernelMethod method, Set<Integer> read) {
        this.method = method;
        this.read = read;
    }

    /** For a helper of the same kernel. */
    ArrayAccess inside(KernelMethod helper) {
        return new ArrayAccess(helper, read);
    }

    /** Before the method is followed once more. */
    void clear() {
        written.clear();
        surely.clear();
    }

    /** An object that was made of these: a view of an array, if there is one among them. */
    static Value view(Value made, List<Value> arguments) {
        return made.ofParameter(arguments.stream().mapToInt(Value::parameter).max().orElse(-1));
    }

    /** A call of an object's method. */
    void note(int i, String name, Value receiver) {
        if (receiver == null || receiver.parameter() < 0) {
            return;
        }
        if (name.equals("get")) {
            read.add(receiver.parameter());
        } else if (name.equals("set")) {
            written.putIfAbsent(receiver.parameter(), i);
            surely.computeIfAbsent(receiver.parameter(), parameter -> new HashSet<>()).add(i);
        }
    }

    /** A call of a helper, when it has been followed. */
    void note(int i, ArrayAccess helper, Set<Integer> divergent) {
        for (int parameter : helper.written.keySet()) {
            written.putIfAbsent(parameter, i);
            if (helper.isWhole(parameter, divergent)) {
                surely.computeIfAbsent(parameter, one -> new HashSet<>()).add(i);
            }
        }
    }

    /** Whether it is written whichever way control takes, or where items of a work-group part, at least by those of one way. */
    private boolean isWhole(int parameter, Set<Integer> divergent) {
        return !new ControlFlow(method).mayMiss(surely.getOrDefault(parameter, Set.of()), divergent);
    }

    /** Names of arrays that are only written, and not whole; and the first instruction that may write each. */
    Map<String, Integer> halfWritten(Set<Integer> divergent) {
        return written.entrySet().stream().filter(entry -> !read.contains(entry.getKey()) && !isWhole(entry.getKey(), divergent))
                .collect(Collectors.toMap(entry -> name(entry.getKey()), Map.Entry::getValue));
    }

    private String name(int parameter) {
        String name = method.variable(parameter, 0);
        return name.contains("@") ? name.substring(0, name.indexOf('@')) : name;
    }
}
