package dev.qyclone.tasks;

import java.util.List;

/**
 * Lets TornadoVM generate the same text for the same kernel in every process. It declares a kernel's variables in the order of a hash map
 * whose keys' hashes are those of an enum's constants, their identity hashes: numbers that depend on how many objects the thread has
 * asked for theirs before. The drivers' caches of compiled kernels go by the text, so that another option on the command line made
 * all of them useless, and an opening three times as long.
 *
 * <p>With the JVM flag {@code -XX:hashCode=3} identity hashes are counted up. Asked for one after another behind a multiple of
 * {@link #BOUNDARY}, the constants get the same ones each time. Without the flag nothing happens.
 */
final class KindOrder {
    /** More than a program has asked for before it opens a device. */
    private static final int BOUNDARY = 1 << 18;
    /** The enums by whose constants the backends sort. */
    private static final List<String> KINDS = List.of("opencl.graal.lir.OCLKind", "ptx.graal.lir.PTXKind", "cuda.graal.lir.CUDAKind");

    private KindOrder() {
    }

    /** To be called before a kernel is compiled; what has its hash keeps it. */
    static void fix() {
        if (!areCounted()) {
            return;
        }
        while ((System.identityHashCode(new Object()) + 1) % BOUNDARY != 0) {
            continue;
        }
        for (String kind : KINDS) {
            fix("uk.ac.manchester.tornado.drivers." + kind);
        }
    }

    /** Other threads count, too: one of a few pairs is enough. */
    private static boolean areCounted() {
        for (int i = 0; i < 8; i++) {
            int first = System.identityHashCode(new Object());
            if (System.identityHashCode(new Object()) == first + 1) {
                return true;
            }
        }
        return false;
    }

    private static void fix(String name) {
        try {
            for (Object constant : Class.forName(name).getEnumConstants()) {
                System.identityHashCode(constant);
            }
        } catch (ClassNotFoundException | LinkageError e) {
            // That backend is not installed.
        }
    }
}
