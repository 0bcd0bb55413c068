package dev.qyclone.tasks.kernels;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicReference;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;
import uk.ac.manchester.tornado.api.types.arrays.TornadoNativeArray;

/**
 * Arrays that lie on the host only until a device has them. They are zeros that take no memory before they are written (TornadoVM's
 * own constructors write all of them, and keep them until the garbage collector happens to run), they are filled by several threads
 * while graphs are described, and {@link #close} gives their memory back.
 */
public final class HostArrays implements AutoCloseable {
    private static final MethodHandle CALLOC = function("calloc",
            FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_LONG));
    private static final MethodHandle FREE = function("free", FunctionDescriptor.ofVoid(ValueLayout.ADDRESS));

    /** Bytes from which on a matrix is not kept here. */
    private static final long LARGE = 256 << 20;

    private final long large;
    private final Arena arena = Arena.ofShared();
    private final Queue<Runnable> parts = new ConcurrentLinkedQueue<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final List<Thread> workers = new ArrayList<>();
    private long bytes;

    public HostArrays() {
        this(LARGE);
    }

    /** @param large bytes from which on a matrix goes to the device in pieces */
    public HostArrays(long large) {
        this.large = large;
    }

    private static MethodHandle function(String name, FunctionDescriptor types) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(linker.defaultLookup().findOrThrow(name), types);
    }

    /** Whether a matrix of so many bytes is to take no memory here, but for the piece that is on its way. */
    boolean inPieces(long matrix) {
        return matrix >= large;
    }

    /** So many floats. */
    public FloatArray floats(int size) {
        return FloatArray.fromSegmentShallow(zeros(size, Float.BYTES));
    }

    /** So many integers. */
    public IntArray ints(int size) {
        return IntArray.fromSegmentShallow(zeros(size, Integer.BYTES));
    }

    /** So many 16-bit integers. */
    public ShortArray shorts(int size) {
        return ShortArray.fromSegmentShallow(zeros(size, Short.BYTES));
    }

    private MemorySegment zeros(int size, int each) {
        long length = TornadoNativeArray.ARRAY_HEADER + (long) size * each;
        MemorySegment memory;
        try {
            memory = (MemorySegment) CALLOC.invokeExact(1L, length);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
        if (memory.equals(MemorySegment.NULL)) {
            throw new EngineException(ErrorCode.OUT_OF_MEMORY, "the host has no memory for an array on its way to a device")
                    .expected(length + " bytes").remedy("give the device fewer layers or a smaller --ctx");
        }
        bytes += length;
        return memory.reinterpret(length, arena, HostArrays::free);
    }

    private static void free(MemorySegment memory) {
        try {
            FREE.invokeExact(memory);
        } catch (Throwable e) {
            throw new IllegalStateException(e);
        }
    }

    /** Bytes of all of them, filled or not. */
    public long bytes() {
        return bytes;
    }

    /** Work that fills a part of an array; any thread does it, before {@link #awaitFilled} returns. */
    public void fill(Runnable part) {
        parts.add(part);
    }

    /** Lets all processors but the caller's begin to fill. */
    public void begin() {
        for (int i = 1; i < Runtime.getRuntime().availableProcessors(); i++) {
            workers.add(Thread.ofPlatform().daemon().name("qyclone-fill-" + i).start(this::fillParts));
        }
    }

    /**
     * Fills what is left, and waits for the others.
     *
     * @throws EngineException what a part threw; BAD_FILE if a weight could not be read where its file is mapped
     */
    public void awaitFilled() {
        fillParts();
        join();
        switch (failure.get()) {
            case null -> { }
            case RuntimeException e -> throw e;
            case InternalError e -> throw unreadable(e);
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /**
     * Runs what fills arrays from a file that is mapped.
     *
     * @throws EngineException BAD_FILE if it could not be read
     */
    public static void filling(Runnable work) {
        try {
            work.run();
        } catch (InternalError e) {
            throw unreadable(e);
        }
    }

    /** How the JVM tells that there is no memory behind a mapped address. */
    private static EngineException unreadable(InternalError e) {
        return new EngineException(ErrorCode.BAD_FILE, "weights could not be read on their way to a device", e)
                .expected("the file as it was when it was opened").got(e.getMessage())
                .remedy("leave the model's file alone while it is used; if nobody touched it, look at its disk");
    }

    private void fillParts() {
        for (Runnable part = parts.poll(); part != null; part = parts.poll()) {
            try {
                part.run();
            } catch (Throwable e) { // whatever it is: its part stays zero, and nobody else sees that in another thread
                failure.compareAndSet(null, e);
                parts.clear();
            }
        }
    }

    private void join() {
        for (Thread worker : workers) {
            boolean interrupted = false;
            while (worker.isAlive()) {
                try {
                    worker.join();
                } catch (InterruptedException e) {
                    interrupted = true; // the arrays must not be given back under its hands
                }
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        workers.clear();
    }

    /** Gives the memory back; the arrays keep their sizes and lose what is in them. A second call does nothing. */
    @Override
    public void close() {
        parts.clear();
        join();
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }
}
