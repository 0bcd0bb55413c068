package dev.qyclone.tasks;

import dev.qyclone.tasks.KernelFunctions.Kernel1;
import dev.qyclone.tasks.KernelFunctions.Kernel10;
import dev.qyclone.tasks.KernelFunctions.Kernel11;
import dev.qyclone.tasks.KernelFunctions.Kernel12;
import dev.qyclone.tasks.KernelFunctions.Kernel13;
import dev.qyclone.tasks.KernelFunctions.Kernel14;
import dev.qyclone.tasks.KernelFunctions.Kernel15;
import dev.qyclone.tasks.KernelFunctions.Kernel16;
import dev.qyclone.tasks.KernelFunctions.Kernel17;
import dev.qyclone.tasks.KernelFunctions.Kernel18;
import dev.qyclone.tasks.KernelFunctions.Kernel19;
import dev.qyclone.tasks.KernelFunctions.Kernel2;
import dev.qyclone.tasks.KernelFunctions.Kernel20;
import dev.qyclone.tasks.KernelFunctions.Kernel3;
import dev.qyclone.tasks.KernelFunctions.Kernel4;
import dev.qyclone.tasks.KernelFunctions.Kernel5;
import dev.qyclone.tasks.KernelFunctions.Kernel6;
import dev.qyclone.tasks.KernelFunctions.Kernel7;
import dev.qyclone.tasks.KernelFunctions.Kernel8;
import dev.qyclone.tasks.KernelFunctions.Kernel9;
import java.io.Serializable;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import uk.ac.manchester.tornado.api.TaskGraph;
import uk.ac.manchester.tornado.api.common.TaskPackage;

/**
 * The kernels of one task graph. Each is named by a method reference and followed by its arguments, as in {@link TaskGraph}; one that
 * TornadoVM compiled before, with these arguments, is taken as it was written then.
 */
final class KernelGraph {
    private final StoredTasks.Graph graph;
    private final KernelStore store;
    private final List<Optional<KernelKey>> keys = new ArrayList<>();
    private int stored;

    KernelGraph(StoredTasks.Graph graph, KernelStore store) {
        this.graph = graph;
        this.store = store;
    }

    private void add(TaskPackage task, Serializable kernel) {
        Object[] parameters = task.getTaskParameters();
        Object[] arguments = Arrays.copyOfRange(parameters, 1, parameters.length);
        Optional<KernelKey> key = store.key(kernel, arguments);
        Optional<Path> file = key.flatMap(store::find);
        if (file.isPresent()) {
            StoredTasks.add(graph, task.getId(), key.orElseThrow().entry(), file.get().toString(), arguments);
            stored++;
        } else {
            graph.addTask(task);
        }
        keys.add(key);
    }

    /** Whether compiling it leaves kernels to keep. */
    boolean hasNew() {
        return countNew() > 0 && keys.stream().anyMatch(Optional::isPresent);
    }

    /** How many of its kernels were not compiled before. */
    int countNew() {
        return keys.size() - stored;
    }

    /** @param sources of all its kernels, in order, as they were compiled */
    void keep(List<String> sources) {
        store.keep(keys, sources);
    }

    /** Forgets those that were kept: a driver did not take them. */
    void forget() {
        keys.forEach(key -> key.ifPresent(store::forget));
    }

    <A> void task(String task, Kernel1<A> kernel, A a) {
        add(TaskPackage.createPackage(task, kernel, a), kernel);
    }

    <A, B> void task(String task, Kernel2<A, B> kernel, A a, B b) {
        add(TaskPackage.createPackage(task, kernel, a, b), kernel);
    }

    <A, B, C> void task(String task, Kernel3<A, B, C> kernel, A a, B b, C c) {
        add(TaskPackage.createPackage(task, kernel, a, b, c), kernel);
    }

    <A, B, C, D> void task(String task, Kernel4<A, B, C, D> kernel, A a, B b, C c, D d) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d), kernel);
    }

    <A, B, C, D, E> void task(String task, Kernel5<A, B, C, D, E> kernel, A a, B b, C c, D d, E e) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e), kernel);
    }

    <A, B, C, D, E, F> void task(String task, Kernel6<A, B, C, D, E, F> kernel, A a, B b, C c, D d, E e, F f) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f), kernel);
    }

    <A, B, C, D, E, F, G> void task(String task, Kernel7<A, B, C, D, E, F, G> kernel, A a, B b, C c, D d, E e, F f, G g) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g), kernel);
    }

    <A, B, C, D, E, F, G, H> void task(String task, Kernel8<A, B, C, D, E, F, G, H> kernel, A a, B b, C c, D d, E e, F f, G g, H h) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h), kernel);
    }

    <A, B, C, D, E, F, G, H, I> void task(String task, Kernel9<A, B, C, D, E, F, G, H, I> kernel, A a, B b, C c, D d, E e, F f, G g, H h,
            I i) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J> void task(String task, Kernel10<A, B, C, D, E, F, G, H, I, J> kernel, A a, B b, C c, D d, E e, F f,
            G g, H h, I i, J j) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K> void task(String task, Kernel11<A, B, C, D, E, F, G, H, I, J, K> kernel, A a, B b, C c, D d, E e,
            F f, G g, H h, I i, J j, K k) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L> void task(String task, Kernel12<A, B, C, D, E, F, G, H, I, J, K, L> kernel, A a, B b, C c, D d,
            E e, F f, G g, H h, I i, J j, K k, L l) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M> void task(String task, Kernel13<A, B, C, D, E, F, G, H, I, J, K, L, M> kernel, A a, B b, C c,
            D d, E e, F f, G g, H h, I i, J j, K k, L l, M m) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N> void task(String task, Kernel14<A, B, C, D, E, F, G, H, I, J, K, L, M, N> kernel, A a, B b,
            C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O> void task(String task, Kernel15<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O> kernel,
            A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P> void task(String task, Kernel16<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O,
            P> kernel, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q> void task(String task, Kernel17<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P,
            Q> kernel, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p, Q q) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R> void task(String task, Kernel18<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P,
            Q, R> kernel, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p, Q q, R r) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S> void task(String task, Kernel19<A, B, C, D, E, F, G, H, I, J, K, L, M, N, O,
            P, Q, R, S> kernel, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p, Q q, R r, S s) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s), kernel);
    }

    <A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T> void task(String task, Kernel20<A, B, C, D, E, F, G, H, I, J, K, L, M, N,
            O, P, Q, R, S, T> kernel, A a, B b, C c, D d, E e, F f, G g, H h, I i, J j, K k, L l, M m, N n, O o, P p, Q q, R r, S s,
            T t) {
        add(TaskPackage.createPackage(task, kernel, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t), kernel);
    }
}
