package dev.qyclone.tasks;

import static java.lang.constant.ConstantDescs.CD_Object;
import static java.lang.constant.ConstantDescs.CD_String;
import static java.lang.constant.ConstantDescs.CD_boolean;
import static java.lang.constant.ConstantDescs.CD_void;
import static java.lang.constant.ConstantDescs.INIT_NAME;

import java.lang.classfile.ClassFile;
import java.lang.classfile.Opcode;
import java.lang.constant.ClassDesc;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.util.List;
import java.util.Optional;
import uk.ac.manchester.tornado.api.AccessorParameters;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.TornadoTaskGraphInterface;
import uk.ac.manchester.tornado.api.common.Access;
import uk.ac.manchester.tornado.api.common.SchedulableTask;
import uk.ac.manchester.tornado.api.common.TaskPackage;

/**
 * Tasks of a graph whose source is given. TornadoVM's own ({@link TaskGraph#prebuiltTask}) are not equal to themselves, so that all of a
 * graph run the code of its first, without a word; here such a task is equal to itself. That takes a class of TornadoVM's runtime and
 * a field of it, of the version that this module is built for: with another there may be no such tasks.
 */
final class StoredTasks {
    private static final String TASK = "uk.ac.manchester.tornado.runtime.tasks.PrebuiltTask";
    private static final String GRAPH = "uk.ac.manchester.tornado.runtime.tasks.TornadoTaskGraph";
    private static final String CONTEXT = "uk.ac.manchester.tornado.runtime.tasks.meta.ScheduleContext";
    private static final Optional<Runtime> RUNTIME = runtime();

    /**
     * What it takes of TornadoVM's runtime.
     *
     * @param task makes a task that is equal to itself
     * @param packages of a graph: what it was told of its tasks
     */
    private record Runtime(Constructor<?> task, Field packages) {
    }

    /** A graph that tasks can be added to as TornadoVM adds its own. */
    static final class Graph extends TaskGraph {
        Graph(String name) {
            super(name);
        }

        private TornadoTaskGraphInterface implementation() {
            return taskGraphImpl;
        }
    }

    private StoredTasks() {
    }

    /** Whether this TornadoVM can have such tasks. */
    static boolean ready() {
        return RUNTIME.isPresent();
    }

    /**
     * Adds a task.
     *
     * @param entry the kernel's name in the source
     * @param file of the source
     */
    static void add(Graph graph, String name, String entry, String file, Object[] arguments) {
        AccessorParameters parameters = new AccessorParameters(arguments.length);
        Access[] accesses = new Access[arguments.length];
        for (int i = 0; i < arguments.length; i++) {
            accesses[i] = access(arguments, i);
            parameters.set(i, arguments[i], accesses[i]);
        }
        Runtime runtime = RUNTIME.orElseThrow();
        TornadoTaskGraphInterface implementation = graph.implementation();
        try {
            @SuppressWarnings("unchecked")
            List<TaskPackage> packages = (List<TaskPackage>) runtime.packages().get(implementation);
            packages.add(TaskPackage.createPrebuiltTask(name, entry, file, parameters));
            implementation.addInner((SchedulableTask) runtime.task().newInstance(
                    implementation.meta(), name, entry, file, arguments, accesses));
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * What a kernel does with its arguments is not kept: it may read and write all of them, as far as the order of tasks goes. One that
     * is given twice is written only once: a task that waits for itself is never put in order.
     */
    private static Access access(Object[] arguments, int index) {
        for (int i = index + 1; i < arguments.length; i++) {
            if (arguments[i] == arguments[index]) {
                return Access.READ_ONLY;
            }
        }
        return Access.READ_WRITE;
    }

    private static Optional<Runtime> runtime() {
        try {
            Constructor<?> task = MethodHandles.lookup().defineHiddenClass(taskClass(), true).lookupClass().getConstructors()[0];
            Field packages = Class.forName(GRAPH).getDeclaredField("taskPackages");
            packages.setAccessible(true);
            return packages.getType() == List.class && SchedulableTask.class.isAssignableFrom(task.getDeclaringClass())
                    ? Optional.of(new Runtime(task, packages)) : Optional.empty();
        } catch (ReflectiveOperationException | RuntimeException | LinkageError e) {
            return Optional.empty(); // another version, or as modules that are closed: kernels are compiled in each JVM
        }
    }

    /** {@code class StoredTask extends PrebuiltTask}, with {@code equals} of Object. */
    private static byte[] taskClass() {
        ClassDesc parent = ClassDesc.of(TASK);
        MethodTypeDesc arguments = MethodTypeDesc.of(CD_void, ClassDesc.of(CONTEXT), CD_String, CD_String, CD_String, CD_Object.arrayType(),
                Access.class.describeConstable().orElseThrow().arrayType());
        return ClassFile.of().build(ClassDesc.of(StoredTasks.class.getPackageName(), "StoredTask"), c -> c
                .withFlags(ClassFile.ACC_PUBLIC | ClassFile.ACC_FINAL)
                .withSuperclass(parent)
                .withMethodBody(INIT_NAME, arguments, ClassFile.ACC_PUBLIC, code -> {
                    for (int i = 0; i <= arguments.parameterCount(); i++) {
                        code.aload(i);
                    }
                    code.invokespecial(parent, INIT_NAME, arguments).return_();
                })
                .withMethodBody("equals", MethodTypeDesc.of(CD_boolean, CD_Object), ClassFile.ACC_PUBLIC, code -> code
                        .aload(0).aload(1).ifThenElse(Opcode.IF_ACMPEQ,
                                same -> same.iconst_1().ireturn(),
                                other -> other.iconst_0().ireturn())));
    }
}
