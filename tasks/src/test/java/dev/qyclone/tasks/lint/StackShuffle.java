package dev.qyclone.tasks.lint;

import java.lang.classfile.Opcode;
import java.util.List;

/** What pop, dup and swap do to the operand stack, where long and double take two words and one entry. */
final class StackShuffle {
    private StackShuffle() {
    }

    static void apply(Opcode opcode, List<Value> stack) {
        switch (opcode) {
            case POP -> stack.removeLast();
            case POP2 -> take(stack, 2);
            case DUP -> stack.add(stack.getLast());
            case DUP_X1 -> copyUnder(stack, 1, 1);
            case DUP_X2 -> copyUnder(stack, 1, 2);
            case DUP2 -> copyUnder(stack, 2, 0);
            case DUP2_X1 -> copyUnder(stack, 2, 1);
            case DUP2_X2 -> copyUnder(stack, 2, 2);
            case SWAP -> stack.add(stack.size() - 2, stack.removeLast());
            default -> throw new IllegalStateException(opcode.toString());
        }
    }

    /** Puts a copy of the topmost {@code words} under the {@code below} words beneath them. */
    private static void copyUnder(List<Value> stack, int words, int below) {
        List<Value> top = take(stack, words);
        List<Value> beneath = take(stack, below);
        stack.addAll(top);
        stack.addAll(beneath);
        stack.addAll(top);
    }

    private static List<Value> take(List<Value> stack, int words) {
        int from = stack.size();
        int taken = 0;
        while (taken < words) {
            from--;
            taken += stack.get(from).wide() ? 2 : 1;
        }
        List<Value> top = List.copyOf(stack.subList(from, stack.size()));
        stack.subList(from, stack.size()).clear();
        return top;
    }
}
