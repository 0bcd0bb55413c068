package dev.qyclone.tasks.lint;

import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/** Where control may go in a method, instruction by instruction. */
final class ControlFlow {
    private final KernelMethod method;
    private final List<List<Integer>> next = new ArrayList<>();
    private final List<List<Integer>> before = new ArrayList<>();

    ControlFlow(KernelMethod method) {
        this.method = method;
        for (int i = 0; i < method.code.size(); i++) {
            before.add(new ArrayList<>());
        }
        for (int i = 0; i < method.code.size(); i++) {
            next.add(after(i));
            for (int to : next.get(i)) {
                before.get(to).add(i);
            }
        }
    }

    private List<Integer> after(int i) {
        Instruction instruction = method.code.get(i);
        return switch (instruction) {
            case BranchInstruction branch when branch.opcode() == Opcode.GOTO || branch.opcode() == Opcode.GOTO_W ->
                    List.of(method.at(branch.target()));
            case BranchInstruction branch -> List.of(i + 1, method.at(branch.target()));
            case TableSwitchInstruction table -> targets(table.defaultTarget(), table.cases());
            case LookupSwitchInstruction lookup -> targets(lookup.defaultTarget(), lookup.cases());
            case ReturnInstruction back -> List.of();
            default -> instruction.opcode() == Opcode.ATHROW ? List.of() : List.of(i + 1);
        };
    }

    private List<Integer> targets(Label otherwise, List<SwitchCase> cases) {
        List<Integer> all = new ArrayList<>(List.of(method.at(otherwise)));
        cases.forEach(one -> all.add(method.at(one.target())));
        return all;
    }

    /** The instructions of each loop, by its first. javac jumps back only to close a loop. */
    private Map<Integer, BitSet> loops() {
        Map<Integer, BitSet> bodies = new TreeMap<>();
        for (int i = 0; i < next.size(); i++) {
            for (int head : next.get(i)) {
                if (head <= i) {
                    collect(bodies.computeIfAbsent(head, h -> new BitSet()), head, i);
                }
            }
        }
        return bodies;
    }

    /** For each loop, by its first instruction, the instructions from which control leaves it. */
    Map<Integer, List<Integer>> exitsOfLoops() {
        Map<Integer, BitSet> bodies = loops();
        Map<Integer, List<Integer>> exits = new TreeMap<>();
        bodies.forEach((head, body) -> {
            List<Integer> from = new ArrayList<>();
            body.stream().forEach(i -> next.get(i).stream().filter(to -> !body.get(to)).forEach(to -> from.add(i)));
            exits.put(head, from);
        });
        return exits;
    }

    private void collect(BitSet body, int head, int last) {
        body.set(head);
        Deque<Integer> open = new ArrayDeque<>(List.of(last));
        while (!open.isEmpty()) {
            int i = open.pop();
            if (!body.get(i)) {
                body.set(i);
                open.addAll(before.get(i));
            }
        }
    }

    /**
     * Whether control may come from the first instruction to an end of the method by none of {@code targets}. A loop is taken to run once
     * at least, unless it counts from a constant above 0.
     *
     * @param either conditions of which it is enough that one way comes by a target
     */
    boolean mayMiss(Set<Integer> targets, Set<Integer> either) {
        List<Set<Integer>> ways = new ArrayList<>();
        next.forEach(after -> ways.add(new TreeSet<>(after)));
        loops().forEach((head, body) -> body.stream().filter(i -> !next.get(i).contains(head) && !beginsLate(head)).forEach(i ->
                next.get(i).stream().filter(to -> !body.get(to)).forEach(exit -> {
                    ways.get(i).remove(exit);
                    body.stream().filter(last -> next.get(last).contains(head)).forEach(last -> ways.get(last).add(exit));
                })));
        BitSet missing = new BitSet();
        boolean changed = true;
        while (changed) {
            changed = false;
            for (int i = next.size() - 1; i >= 0; i--) {
                Set<Integer> after = ways.get(i);
                boolean misses = next.get(i).isEmpty()
                        || (either.contains(i) ? after.stream().allMatch(missing::get) : after.stream().anyMatch(missing::get));
                if (misses && !targets.contains(i) && !missing.get(i)) {
                    missing.set(i);
                    changed = true;
                }
            }
        }
        return missing.get(0);
    }

    /** Whether the loop's variable gets a constant above 0 right before it. */
    private boolean beginsLate(int head) {
        return head > 1 && method.code.get(head - 1) instanceof StoreInstruction
                && method.code.get(head - 2) instanceof ConstantInstruction constant
                && constant.constantValue() instanceof Integer first && first > 0;
    }

    /** The conditions that decide whether control comes by {@code target}, directly or through others. */
    Set<Integer> conditionsOf(int target) {
        Set<Integer> conditions = new TreeSet<>();
        Deque<Integer> open = new ArrayDeque<>(List.of(target));
        while (!open.isEmpty()) {
            int decided = open.pop();
            for (int branch = 0; branch < next.size(); branch++) {
                if (next.get(branch).size() > 1 && !isOnEveryWayFrom(branch, decided)
                        && next.get(branch).stream().anyMatch(to -> isOnEveryWayFrom(to, decided)) && conditions.add(branch)) {
                    open.push(branch);
                }
            }
        }
        return conditions;
    }

    /** Whether no way from {@code from} to an end of the method misses {@code target}. */
    private boolean isOnEveryWayFrom(int from, int target) {
        BitSet seen = new BitSet();
        Deque<Integer> open = new ArrayDeque<>(List.of(from));
        while (!open.isEmpty()) {
            int i = open.pop();
            if (i == target || seen.get(i)) {
                continue;
            }
            if (next.get(i).isEmpty()) {
                return false;
            }
            seen.set(i);
            open.addAll(next.get(i));
        }
        return true;
    }
}
