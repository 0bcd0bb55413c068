package dev.qyclone.tasks.lint;

import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.Opcode;
import java.lang.classfile.TypeKind;
import java.lang.classfile.instruction.ArrayLoadInstruction;
import java.lang.classfile.instruction.ArrayStoreInstruction;
import java.lang.classfile.instruction.BranchInstruction;
import java.lang.classfile.instruction.ConstantInstruction;
import java.lang.classfile.instruction.ConvertInstruction;
import java.lang.classfile.instruction.FieldInstruction;
import java.lang.classfile.instruction.IncrementInstruction;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.classfile.instruction.LoadInstruction;
import java.lang.classfile.instruction.LookupSwitchInstruction;
import java.lang.classfile.instruction.NewObjectInstruction;
import java.lang.classfile.instruction.NewPrimitiveArrayInstruction;
import java.lang.classfile.instruction.OperatorInstruction;
import java.lang.classfile.instruction.ReturnInstruction;
import java.lang.classfile.instruction.StackInstruction;
import java.lang.classfile.instruction.StoreInstruction;
import java.lang.classfile.instruction.SwitchCase;
import java.lang.classfile.instruction.TableSwitchInstruction;
import java.lang.classfile.instruction.ThrowInstruction;
import java.lang.classfile.instruction.TypeCheckInstruction;
import java.lang.constant.ClassDesc;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Follows values through a kernel and the helpers that it calls, as they are called, and notes what must not be. */
final class ValueFlow {
    private static final int DEEPEST = 12;
    /** Helpers that cut their results off at 0 by a condition, which is not followed here. */
    private static final Set<String> NON_NEGATIVE = Set.of("CacheRows.firstVisible");
    private static final Set<String> DIVERGENT = Set.of("localIdx", "localIdy", "localIdz", "globalIdx", "globalIdy", "globalIdz");

    private final KernelCode kernels;
    private final Set<Finding> findings;
    private final KernelMethod method;
    private final int depth;
    private final Map<String, Value> variables = new HashMap<>();
    private final Map<Integer, List<Value>> arriving = new HashMap<>();
    private final Set<Finding> found = new HashSet<>(); // in the last pass, when all is known
    private final Set<Integer> divergentBranches = new HashSet<>();
    private final Map<Integer, Boolean> arraysWritten;
    private final ArrayAccess access;
    private List<Value> stack = new ArrayList<>();
    private Value returned;
    private boolean changed;

    private ValueFlow(
            KernelCode kernels, Set<Finding> findings, KernelMethod method, int depth, Map<Integer, Boolean> arraysWritten,
            ArrayAccess access) {
        this.kernels = kernels;
        this.findings = findings;
        this.method = method;
        this.depth = depth;
        this.arraysWritten = arraysWritten;
        this.access = access;
    }

    /** Follows a method with these arguments. */
    static void follow(KernelCode kernels, Set<Finding> findings, KernelMethod method, List<Value> arguments) {
        ValueFlow flow = new ValueFlow(kernels, findings, method, 0, new HashMap<>(), new ArrayAccess(method));
        flow.run(arguments);
        flow.access.halfWritten(flow.divergentBranches).forEach((name, first) ->
                findings.add(new Finding(Rule.HALF_WRITTEN, method.label(), method.line(first), "the array " + name)));
    }

    private Value run(List<Value> arguments) {
        int slot = 0;
        for (Value argument : arguments) {
            variables.put(method.variable(slot, 0), argument);
            slot += argument.wide() ? 2 : 1;
        }
        do {
            changed = false;
            found.clear();
            access.clear();
            arriving.clear();
            stack = new ArrayList<>();
            for (int i = 0; i < method.code.size(); i++) {
                List<Value> others = arriving.get(i);
                if (others != null) {
                    stack = stack == null ? new ArrayList<>(others) : joined(stack, others);
                }
                if (stack == null) {
                    stack = new ArrayList<>();
                }
                step(i, method.code.get(i));
            }
        } while (changed);
        ControlFlow flow = new ControlFlow(method);
        for (int i = 0; i < method.code.size(); i++) {
            if (kernels.isBarrier(method.code.get(i))) {
                for (int branch : flow.conditionsOf(i)) {
                    if (divergentBranches.contains(branch)) {
                        note(Rule.DIVERGENT_BARRIER, i, "a barrier behind the condition in line " + method.line(branch));
                    }
                }
            }
        }
        findings.addAll(found);
        return returned == null ? Value.ANY : returned;
    }

    private void step(int i, Instruction instruction) {
        switch (instruction) {
            case ConstantInstruction constant -> push(constant(i, constant));
            case LoadInstruction load -> {
                Value value = variables.getOrDefault(method.variable(load.slot(), i), Value.SIZE);
                push(value.wide(isWide(load.typeKind())));
            }
            case StoreInstruction store -> assign(method.variable(store.slot(), i + 1), pop());
            case IncrementInstruction step -> {
                String name = method.variable(step.slot(), i);
                Value old = variables.getOrDefault(name, Value.SIZE);
                assign(name, Arithmetic.binary(Opcode.IADD, old, Value.of(step.constant(), false)));
            }
            case OperatorInstruction operator -> operate(i, operator.opcode());
            case ConvertInstruction convert -> {
                Value value = pop();
                if (value.maskedDifference() && (convert.toType() == TypeKind.FLOAT || convert.toType() == TypeKind.DOUBLE)) {
                    note(Rule.MASKED_DIFFERENCE, i, "a difference with a value from & 0xFF or & 0xFFFF that becomes float");
                }
                push(Arithmetic.convert(value, convert.fromType(), convert.toType()));
            }
            case ArrayLoadInstruction load -> {
                Value index = pop();
                touch(i, pop(), false, index);
                push(isWide(load.typeKind()) ? Value.ANY_WIDE : Value.ANY);
            }
            case ArrayStoreInstruction store -> {
                pop();
                Value index = pop();
                touch(i, pop(), true, index);
            }
            case FieldInstruction field -> field(i, field);
            case InvokeInstruction invoke -> invoke(i, invoke);
            case BranchInstruction branch -> branch(i, branch);
            case TableSwitchInstruction table -> choose(i, table.defaultTarget(), table.cases());
            case LookupSwitchInstruction lookup -> choose(i, lookup.defaultTarget(), lookup.cases());
            case ReturnInstruction back -> {
                if (back.typeKind() != TypeKind.VOID) {
                    Value value = pop();
                    returned = returned == null ? value : returned.join(value);
                }
                stack = null;
            }
            case NewObjectInstruction made -> push(Value.ANY);
            case NewPrimitiveArrayInstruction made -> {
                pop();
                arraysWritten.put(arrayId(i), false);
                push(Value.array(arrayId(i)));
            }
            case TypeCheckInstruction check -> {
                if (check.opcode() == Opcode.INSTANCEOF) {
                    pop();
                    push(Value.ANY);
                }
            }
            case StackInstruction shuffle -> StackShuffle.apply(shuffle.opcode(), stack);
            case ThrowInstruction thrown -> {
                note(Rule.THROWN, i, "an exception");
                stack = null;
            }
            default -> {
                if (instruction.opcode() != Opcode.NOP) {
                    throw new IllegalStateException(method.label() + ", line " + method.line(i) + ": " + instruction.opcode()
                            + " is nothing that a kernel needs");
                }
            }
        }
    }

    private int arrayId(int index) {
        return depth * 100_000 + index;
    }

    private Value constant(int i, ConstantInstruction constant) {
        boolean wide = isWide(constant.typeKind());
        return switch (constant.constantValue()) {
            case Integer number -> Value.of(number, wide);
            case Long number -> Value.of(number, wide);
            case Float number -> {
                if (number.isInfinite()) {
                    note(Rule.INFINITY, i, "an infinity");
                }
                yield Value.ANY;
            }
            case Double number -> Value.ANY_WIDE;
            default -> Value.ANY;
        };
    }

    private void operate(int i, Opcode opcode) {
        if (opcode == Opcode.ARRAYLENGTH) {
            pop();
            push(Value.SIZE);
            return;
        }
        Value b = pop();
        if (opcode == Opcode.INEG || opcode == Opcode.LNEG || opcode == Opcode.FNEG || opcode == Opcode.DNEG) {
            push(Arithmetic.unary(b));
            return;
        }
        Value a = pop();
        if (opcode == Opcode.IUSHR || opcode == Opcode.LUSHR) {
            note(Rule.UNSIGNED_SHIFT, i, ">>>");
        }
        if ((opcode == Opcode.IDIV || opcode == Opcode.LDIV) && b.isPowerOfTwo() && !a.nonNegative()) {
            note(Rule.DIVISION, i, "/ " + b.constant() + " on a value that may be negative");
        }
        boolean comparison = switch (opcode) {
            case LCMP, FCMPL, FCMPG, DCMPL, DCMPG -> true;
            default -> false;
        };
        push(comparison ? Value.ANY.divergent(a.divergent() || b.divergent()) : Arithmetic.binary(opcode, a, b));
    }

    private void touch(int i, Value array, boolean write, Value index) {
        Boolean written = arraysWritten.get(array.array());
        if (written != null && !written && (!write || index.constant() != null)) {
            note(Rule.PRIVATE_ARRAY, i,
                    "a private array " + (write ? "of which one element alone is written first" : "read before it is written"));
        }
        if (written != null) {
            arraysWritten.put(array.array(), true);
        }
    }

    private void field(int i, FieldInstruction field) {
        boolean wide = field.typeSymbol().descriptorString().matches("[JD]");
        switch (field.opcode()) {
            case GETSTATIC -> {
                note(Rule.STATIC, i, "the static field " + field.name().stringValue());
                push(wide ? Value.ANY_WIDE : Value.ANY);
            }
            case GETFIELD -> {
                pop();
                String name = field.name().stringValue();
                push((wide ? Value.ANY_WIDE : Value.SIZE).divergent(DIVERGENT.contains(name)));
            }
            default -> {
                note(Rule.STATIC, i, "a write to the field " + field.name().stringValue());
                pop();
            }
        }
    }

    private void invoke(int i, InvokeInstruction call) {
        int count = call.typeSymbol().parameterCount();
        List<Value> arguments = new ArrayList<>();
        for (int p = 0; p < count; p++) {
            arguments.addFirst(pop());
        }
        Value receiver = call.opcode() == Opcode.INVOKESTATIC ? null : pop();
        String owner = call.owner().asInternalName().replace('/', '.');
        String name = call.name().stringValue();
        if (KernelCode.isBanned(owner, name)) {
            note(Rule.CALL, i, owner.substring(owner.lastIndexOf('.') + 1) + "." + name);
        }
        boolean divergent = arguments.stream().anyMatch(Value::divergent) || receiver != null && receiver.divergent();
        KernelMethod helper = kernels.find(owner, name, call.typeSymbol());
        Value result;
        if (receiver != null && name.equals("<init>")) {
            stack.set(stack.size() - 1, ArrayAccess.view(stack.getLast(), arguments));
        }
        access.note(i, name, receiver);
        if (helper != null && depth < DEEPEST) {
            ValueFlow inside = new ValueFlow(kernels, found, helper, depth + 1, arraysWritten, access.inside(helper));
            result = inside.run(arguments);
            access.note(i, inside.access, inside.divergentBranches);
            if (NON_NEGATIVE.contains(helper.label())) {
                result = result.atLeast(0);
            }
        } else {
            result = Arithmetic.known(owner, name, receiver, arguments.isEmpty() ? null : arguments.getFirst(),
                    count < 2 ? null : arguments.get(1)).orElse(Value.ANY);
        }
        ClassDesc type = call.typeSymbol().returnType();
        if (!type.descriptorString().equals("V")) {
            push(result.wide(type.descriptorString().matches("[JD]")).divergent(divergent || result.divergent()));
        }
    }

    private void branch(int i, BranchInstruction branch) {
        if (i > 0 && method.code.get(i - 1) instanceof OperatorInstruction comparison && holdsForNaN(comparison, branch.opcode())) {
            note(Rule.INCLUSIVE, i, "<= or >= of floats");
        }
        int operands = switch (branch.opcode()) {
            case GOTO, GOTO_W -> 0;
            case IF_ICMPEQ, IF_ICMPNE, IF_ICMPLT, IF_ICMPGE, IF_ICMPGT, IF_ICMPLE, IF_ACMPEQ, IF_ACMPNE -> 2;
            default -> 1;
        };
        for (int p = 0; p < operands; p++) {
            if (pop().divergent()) {
                divergentBranches.add(i);
            }
        }
        arrive(branch.target());
        if (operands == 0) {
            stack = null;
        }
    }

    /** Of two floats one of which is NaN; as TornadoVM compiles it, while Java says it does not. */
    private static boolean holdsForNaN(OperatorInstruction comparison, Opcode branch) {
        return switch (comparison.opcode()) {
            case FCMPL, DCMPL -> branch == Opcode.IFLT || branch == Opcode.IFGE;
            case FCMPG, DCMPG -> branch == Opcode.IFGT || branch == Opcode.IFLE;
            default -> false;
        };
    }

    private void choose(int i, Label otherwise, List<SwitchCase> cases) {
        if (pop().divergent()) {
            divergentBranches.add(i);
        }
        arrive(otherwise);
        cases.forEach(one -> arrive(one.target()));
        stack = null;
    }

    private void arrive(Label target) {
        arriving.merge(method.at(target), List.copyOf(stack), ValueFlow::joined);
    }

    private static List<Value> joined(List<Value> a, List<Value> b) {
        List<Value> both = new ArrayList<>();
        for (int i = 0; i < Math.min(a.size(), b.size()); i++) {
            both.add(a.get(i).join(b.get(i)));
        }
        return both;
    }

    private void assign(String name, Value value) {
        Value old = variables.get(name);
        Value now = old == null ? value : old.widen(value);
        if (!now.equals(old)) {
            variables.put(name, now);
            changed = true;
        }
    }

    private void push(Value value) {
        stack.add(value);
    }

    private Value pop() {
        return stack.removeLast();
    }

    private static boolean isWide(TypeKind kind) {
        return kind == TypeKind.LONG || kind == TypeKind.DOUBLE;
    }

    private void note(Rule rule, int index, String what) {
        found.add(new Finding(rule, method.label(), method.line(index), what));
    }
}
