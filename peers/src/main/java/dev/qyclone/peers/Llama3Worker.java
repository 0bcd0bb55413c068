package dev.qyclone.peers;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.tools.ToolProvider;

/**
 * The process that llama3.java runs in: compiles it, opens the model, and answers each line of standard input, "written id id id …", by
 * the nanoseconds that it took, measured around its own {@code generateTokens}.
 */
final class Llama3Worker {
    private static final String READY = "ready";

    private final Object model;
    private final Object greedy;
    private final int context;
    private final int batch;
    private final Method newState;
    private final Method generate;

    private Llama3Worker(ClassLoader loader, Path file, int context) throws ReflectiveOperationException {
        this.context = context;
        Class<?> engine = loader.loadClass("com.llama4j.Llama");
        this.newState = open(engine, "createNewState");
        this.generate = open(engine, "generateTokens");
        Field size = loader.loadClass("com.llama4j.Llama3").getDeclaredField("BATCH_SIZE");
        size.setAccessible(true);
        this.batch = size.getInt(null);
        Field argmax = loader.loadClass("com.llama4j.Sampler").getDeclaredField("ARGMAX");
        argmax.setAccessible(true);
        this.greedy = argmax.get(null);
        Method load = loader.loadClass("com.llama4j.ModelLoader").getMethod("loadModel", Path.class, int.class, boolean.class);
        load.setAccessible(true);
        this.model = load.invoke(null, file, context, true);
    }

    /** @param args Llama3.java, a folder for its classes, the model, positions */
    public static void main(String[] args) throws IOException, ReflectiveOperationException {
        int failed = ToolProvider.getSystemJavaCompiler().run(null, System.err, System.err,
                "-nowarn", "--add-modules=jdk.incubator.vector", "-d", args[1], args[0]);
        if (failed != 0) {
            System.err.println(args[0] + " does not compile as Llama3.java");
            return;
        }
        try (URLClassLoader loader = new URLClassLoader(new URL[] {Path.of(args[1]).toUri().toURL()})) {
            Llama3Worker worker = new Llama3Worker(loader, Path.of(args[2]), Integer.parseInt(args[3]));
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                System.out.println(line.equals(READY) ? 0 : worker.time(line));
            }
        }
    }

    private long time(String line) throws ReflectiveOperationException {
        int[] numbers = Arrays.stream(line.split(" ")).mapToInt(Integer::parseInt).toArray();
        List<Integer> prompt = Arrays.stream(numbers).skip(1).boxed().toList();
        // One for each call, before the clock starts: it remembers where the last prompt ended.
        Object state = newState.invoke(model, batch);
        // Its limit counts positions, and the last id that is written is not read.
        int positions = prompt.size() + numbers[0] - 1;
        if (positions > context) {
            throw new IllegalArgumentException(positions + " positions of " + context);
        }
        long start = System.nanoTime();
        List<?> written = (List<?>) generate.invoke(null, model, state, 0, prompt, Set.of(), positions, greedy, false, null);
        long nanos = System.nanoTime() - start;
        if (written.size() != numbers[0]) {
            throw new IllegalStateException("llama3.java wrote " + written.size() + " ids of " + numbers[0]);
        }
        return nanos;
    }

    private static Method open(Class<?> type, String name) {
        Method method = Stream.of(type.getDeclaredMethods()).filter(one -> one.getName().equals(name)).findFirst().orElseThrow();
        method.setAccessible(true);
        return method;
    }
}
