package dev.qyclone.tasks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;

/**
 * The source of kernels as TornadoVM compiles them: it gives it to nobody, but prints it, all of a JVM into one file, whose name it reads
 * from a property when its classes are loaded.
 */
final class PrintedKernels {
    /** TornadoVM's property. */
    static final String FILE = "tornado.print.kernel.dir";

    /** The last line of each source. */
    private static final String END = "}  //  kernel\n";

    private static final String OPTIONS = "uk.ac.manchester.tornado.runtime.common.TornadoOptions";
    private static final ReentrantLock PRINTING = new ReentrantLock();

    private PrintedKernels() {
    }

    /** Names the file, unless the user wants to see kernels; to be called before a class of TornadoVM is loaded. */
    static void prepare() {
        if (System.getProperty(FILE) == null && !Boolean.getBoolean("tornado.printKernel")) {
            String name = "qyclone-kernels-" + ProcessHandle.current().pid() + "-" + Long.toUnsignedString(System.nanoTime(), 36) + ".cl";
            System.setProperty(FILE, Path.of(System.getProperty("java.io.tmpdir"), name).toString());
        }
    }

    /** Whether TornadoVM prints into a file of ours. It does not if it was loaded before, by a program around this one. */
    static boolean ready() {
        String file = System.getProperty(FILE, "");
        return file.contains("qyclone-kernels-") && file.equals(fileOfTornado());
    }

    private static Object fileOfTornado() {
        try {
            return Class.forName(OPTIONS).getField("PRINT_SOURCE_DIRECTORY").get(null);
        } catch (ReflectiveOperationException e) {
            return null; // another version of TornadoVM
        }
    }

    /** Runs a graph of a plan for the first time and gives the sources of its kernels, in order; none if they could not be read. */
    static List<String> of(TornadoExecutionPlan plan, Runnable run) {
        Path file = Path.of(System.getProperty(FILE));
        PRINTING.lock();
        try {
            plan.withPrintKernel();
            try {
                run.run();
            } finally {
                plan.withoutPrintKernel();
            }
            return Files.exists(file) ? split(Files.readString(file)) : List.of();
        } catch (IOException e) {
            return List.of();
        } finally {
            delete(file);
            PRINTING.unlock();
        }
    }

    private static void delete(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            file.toFile().deleteOnExit();
        }
    }

    /** Each source ends with its last line, and printing adds an empty one. */
    static List<String> split(String printed) {
        List<String> sources = new ArrayList<>();
        int begin = 0;
        for (int end = printed.indexOf(END); end >= 0; end = printed.indexOf(END, begin)) {
            sources.add(printed.substring(begin, end + END.length()));
            begin = Math.min(printed.length(), end + END.length() + 1);
        }
        return begin == printed.length() ? sources : List.of();
    }
}
