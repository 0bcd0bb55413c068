package dev.qyclone.tasks.lint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.lang.classfile.Instruction;
import java.lang.classfile.MethodModel;
import java.lang.classfile.instruction.InvokeInstruction;
import java.lang.constant.MethodTypeDesc;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/** The methods of a package of kernels. */
public final class KernelCode {
    private static final Set<String> BARRIERS = Set.of("localBarrier", "globalBarrier");
    private static final Set<String> BANNED = Set.of("float16ToFloat", "floatToFloat16", "floatToIntBits", "fma", "round", "rint",
            "numberOfLeadingZeros", "numberOfTrailingZeros", "sin", "cos", "tan", "pow", "getFloat32", "compareUnsigned", "divideUnsigned",
            "remainderUnsigned");

    private final Map<String, KernelMethod> methods = new TreeMap<>();
    private final Collection<byte[]> classes;

    KernelCode(Collection<byte[]> classes) {
        this.classes = classes;
        for (byte[] bytes : classes) {
            ClassModel model = ClassFile.of().parse(bytes);
            String owner = model.thisClass().asInternalName().replace('/', '.');
            for (MethodModel method : model.methods()) {
                if (method.code().isPresent() && !method.methodName().stringValue().startsWith("<")) {
                    KernelMethod read = new KernelMethod(owner, method);
                    methods.put(owner + "." + read.name + read.type.descriptorString(), read);
                }
            }
        }
    }

    /** All classes of a package, the one of {@code member}. */
    public static KernelCode ofPackage(Class<?> member) {
        try {
            Path root = Path.of(member.getProtectionDomain().getCodeSource().getLocation().toURI());
            try (Stream<Path> files = Files.list(root.resolve(member.getPackageName().replace('.', '/')))) {
                return new KernelCode(files.filter(file -> file.toString().endsWith(".class")).map(KernelCode::bytes).toList());
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /** These classes alone. */
    static KernelCode of(Class<?>... classes) {
        return new KernelCode(Stream.of(classes).map(type -> {
            try (var in = type.getResourceAsStream(type.getName().substring(type.getPackageName().length() + 1) + ".class")) {
                return in.readAllBytes();
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }).toList());
    }

    /** The same as javac would have made it without -g. */
    KernelCode withoutVariables() {
        ClassFile dropping = ClassFile.of(ClassFile.DebugElementsOption.DROP_DEBUG);
        return new KernelCode(classes.stream().map(bytes -> dropping.transformClass(dropping.parse(bytes),
                ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL))).toList());
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** All of them. */
    public List<KernelMethod> methods() {
        return List.copyOf(methods.values());
    }

    /** Kernels, and what they call of these classes; the rest of a class is the host's. */
    List<KernelMethod> onDevices() {
        Set<KernelMethod> reached = new LinkedHashSet<>();
        Deque<KernelMethod> open = new ArrayDeque<>(methods.values().stream().filter(KernelMethod::isKernel).toList());
        while (!open.isEmpty()) {
            KernelMethod method = open.pop();
            if (reached.add(method)) {
                method.code.stream().map(this::called).filter(Objects::nonNull).forEach(open::push);
            }
        }
        return List.copyOf(reached);
    }

    private KernelMethod called(Instruction instruction) {
        return instruction instanceof InvokeInstruction call
                ? find(call.owner().asInternalName().replace('/', '.'), call.name().stringValue(), call.typeSymbol()) : null;
    }

    /** A method of these classes, or null. */
    KernelMethod find(String owner, String name, MethodTypeDesc type) {
        return methods.get(owner + "." + name + type.descriptorString());
    }

    /** Whether an instruction is a barrier, or calls what has one. */
    boolean isBarrier(Instruction instruction) {
        if (!(instruction instanceof InvokeInstruction call)) {
            return false;
        }
        KernelMethod helper = called(instruction);
        return helper == null ? BARRIERS.contains(call.name().stringValue()) : helper.code.stream().anyMatch(this::isBarrier);
    }

    static boolean isBanned(String owner, String name) {
        return BANNED.contains(name) && (owner.startsWith("java.lang.") || owner.startsWith("uk.ac.manchester.tornado.api."));
    }
}
