package dev.qyclone.tasks.lint;

import java.lang.classfile.Attributes;
import java.lang.classfile.CodeElement;
import java.lang.classfile.CodeModel;
import java.lang.classfile.Instruction;
import java.lang.classfile.Label;
import java.lang.classfile.MethodModel;
import java.lang.classfile.TypeAnnotation;
import java.lang.classfile.attribute.CodeAttribute;
import java.lang.classfile.instruction.LabelTarget;
import java.lang.classfile.instruction.LineNumber;
import java.lang.classfile.instruction.LocalVariable;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.reflect.AccessFlag;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A method of a kernel class: its instructions with their lines, and the variables by name. */
public final class KernelMethod {
    private static final String API = "uk.ac.manchester.tornado.api.";
    private static final String ARRAYS = API + "types.arrays";
    private static final String PARALLEL = "Luk/ac/manchester/tornado/api/annotations/Parallel;";

    final String owner;
    final String name;
    final MethodTypeDesc type;
    final List<Instruction> code = new ArrayList<>();
    final int maxLocals;
    private final boolean exposed;
    private final List<Integer> lines = new ArrayList<>();
    private final Map<Label, Integer> labels = new HashMap<>();
    private final List<LocalVariable> variables = new ArrayList<>();
    private final boolean parallel;

    KernelMethod(String owner, MethodModel method) {
        this.owner = owner;
        this.name = method.methodName().stringValue();
        this.type = method.methodTypeSymbol();
        this.exposed = method.flags().has(AccessFlag.PUBLIC) && method.flags().has(AccessFlag.STATIC);
        CodeModel body = method.code().orElseThrow();
        int line = 0;
        for (CodeElement element : body.elementList()) {
            switch (element) {
                case Instruction instruction -> {
                    code.add(instruction);
                    lines.add(line);
                }
                case LabelTarget target -> labels.put(target.label(), code.size());
                case LineNumber number -> line = number.line();
                case LocalVariable variable -> variables.add(variable);
                default -> { }
            }
        }
        this.maxLocals = body instanceof CodeAttribute attribute ? attribute.maxLocals() : 0;
        this.parallel = body.findAttribute(Attributes.runtimeVisibleTypeAnnotations()).stream().flatMap(all -> all.annotations().stream())
                .map(TypeAnnotation::annotation).anyMatch(annotation -> annotation.className().equalsString(PARALLEL));
    }

    /** What goes to a device: public, static, nothing returned, and with an array of the device's. */
    public boolean isKernel() {
        return exposed && type.returnType().descriptorString().equals("V")
                && type.parameterList().stream().anyMatch(p -> p.isClassOrInterface() && p.packageName().equals(ARRAYS));
    }

    boolean takesContext() {
        return type.parameterList().stream().anyMatch(p -> className(p).equals(API + "KernelContext"));
    }

    boolean hasParallelLoop() {
        return parallel;
    }

    boolean hasVariableTable() {
        return !variables.isEmpty();
    }

    /** Such as {@code StepKernels.enter}. */
    public String label() {
        return owner.substring(owner.lastIndexOf('.') + 1) + "." + name;
    }

    int line(int index) {
        return lines.get(Math.min(index, lines.size() - 1));
    }

    int at(Label label) {
        return labels.get(label);
    }

    /** The variable in a slot where instruction {@code index} reads it, told from others that had the slot before or after. */
    String variable(int slot, int index) {
        for (LocalVariable variable : variables) {
            if (variable.slot() == slot && at(variable.startScope()) <= index && index < at(variable.endScope())) {
                return variable.name().stringValue() + "@" + at(variable.startScope());
            }
        }
        return "slot " + slot;
    }

    static String className(ClassDesc type) {
        return type.isClassOrInterface() ? (type.packageName().isEmpty() ? "" : type.packageName() + ".") + type.displayName() : "";
    }
}
