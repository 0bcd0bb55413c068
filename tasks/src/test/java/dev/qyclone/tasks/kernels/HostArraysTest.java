package dev.qyclone.tasks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;
import uk.ac.manchester.tornado.api.types.arrays.ShortArray;

class HostArraysTest {
    @Test
    void beginsWithZerosOfEveryType() {
        try (HostArrays arrays = new HostArrays()) {
            FloatArray floats = arrays.floats(1000);
            IntArray ints = arrays.ints(7);
            ShortArray shorts = arrays.shorts(33);
            assertEquals(1000, floats.getSize());
            assertEquals(0, IntStream.range(0, 1000).filter(i -> floats.get(i) != 0f).count());
            assertEquals(0, IntStream.range(0, 7).filter(i -> ints.get(i) != 0).count());
            assertEquals(0, IntStream.range(0, 33).filter(i -> shorts.get(i) != 0).count());
        }
    }

    @Test
    void fillsEveryPartOnce() {
        try (HostArrays arrays = new HostArrays()) {
            IntArray filled = arrays.ints(500);
            for (int i = 0; i < 500; i++) {
                int part = i;
                arrays.fill(() -> filled.set(part, filled.get(part) + part + 1));
            }
            arrays.begin();
            arrays.awaitFilled();
            assertEquals(500 * 501 / 2, Arrays.stream(filled.toHeapArray()).sum());
        }
    }

    @Test
    void throwsWhatAPartThrew() {
        try (HostArrays arrays = new HostArrays()) {
            for (int i = 0; i < 100; i++) {
                int part = i;
                arrays.fill(() -> {
                    if (part == 50) {
                        throw new EngineException(ErrorCode.BAD_FILE, "weights are not finite");
                    }
                });
            }
            arrays.begin();
            assertEquals(ErrorCode.BAD_FILE, assertThrows(EngineException.class, arrays::awaitFilled).code());
        }
    }

    @Test
    void throwsAnErrorThatAPartThrew() {
        for (Error thrown : List.of(new OutOfMemoryError("of a test"), new NoClassDefFoundError("of a test"))) {
            try (HostArrays arrays = new HostArrays()) {
                IntStream.range(0, 100).forEach(part -> arrays.fill(() -> {
                    throw thrown;
                }));
                arrays.begin();
                assertSame(thrown, assertThrows(Error.class, arrays::awaitFilled));
            }
        }
    }

    /** What a thread dies of would otherwise be lost with it, and its part left zero. */
    @Test
    void anErrorOfAWorkerIsThrown() throws InterruptedException {
        Assumptions.assumeTrue(Runtime.getRuntime().availableProcessors() > 1, "one processor fills all parts itself");
        try (HostArrays arrays = new HostArrays()) {
            CountDownLatch begun = new CountDownLatch(1);
            arrays.fill(() -> {
                begun.countDown();
                throw new NoClassDefFoundError("of a test");
            });
            arrays.begin();
            begun.await();
            assertThrows(NoClassDefFoundError.class, arrays::awaitFilled);
        }
    }

    /** A file that is cut off while it is mapped: reading behind its end is an Error of the JVM's, and no zeros. */
    @Test
    @EnabledOnOs(OS.LINUX)
    void aFileThatBecameShorterIsABadFile(@TempDir Path folder) throws IOException {
        long size = 1 << 20;
        try (HostArrays arrays = new HostArrays(); Arena arena = Arena.ofShared();
                FileChannel file = FileChannel.open(folder.resolve("weights"), Set.of(StandardOpenOption.CREATE, StandardOpenOption.READ,
                        StandardOpenOption.WRITE))) {
            file.write(ByteBuffer.allocate(1), size - 1);
            MemorySegment mapped = file.map(FileChannel.MapMode.READ_ONLY, 0, size, arena);
            file.truncate(0);
            IntArray filled = arrays.ints(1);
            arrays.fill(() -> filled.set(0, mapped.get(ValueLayout.JAVA_INT_UNALIGNED, size / 2)));
            arrays.begin();
            EngineException e = assertThrows(EngineException.class, arrays::awaitFilled);
            assertEquals(ErrorCode.BAD_FILE, e.code(), e.getMessage());
        }
    }

    @Test
    void keepsSizesWhenMemoryIsGivenBack() {
        HostArrays arrays = new HostArrays();
        FloatArray floats = arrays.floats(100);
        arrays.close();
        arrays.close();
        assertEquals(100, floats.getSize());
        assertThrows(IllegalStateException.class, () -> floats.get(0));
    }
}
