package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.tasks.KernelFunctions.Kernel2;
import dev.qyclone.tasks.KernelFunctions.Kernel6;
import dev.qyclone.tasks.kernels.LargestKernels;
import dev.qyclone.tasks.kernels.ProbeKernels;
import java.io.IOException;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class KernelStoreTest {
    private static final Kernel2<IntArray, Integer> COUNT = ProbeKernels::count;
    private static final Kernel6<FloatArray, FloatArray, IntArray, Integer, Integer, Integer> PARTS = LargestKernels::ofParts;
    private static final String SOURCE = "__kernel void count(__global int *counts)\n{\n}  //  kernel\n";

    @TempDir
    private Path folder;

    private KernelStore store(String... facts) {
        return new KernelStore(folder, false, List.of(facts));
    }

    private static KernelKey count(int size, int items) {
        return KernelKey.of(COUNT, new Object[] {new IntArray(size), items}).orElseThrow();
    }

    private static void keep(KernelStore store, KernelKey key, String source) {
        store.keep(List.of(Optional.of(key)), List.of(source));
    }

    @Test
    void aKernelIsKnownByItsMethodAndWhatIsCompiledIn() {
        KernelKey key = count(8, 4);
        assertEquals("count", key.entry());
        assertEquals(key, count(8, 4));
        assertNotEquals(key, count(8, 5));
        assertNotEquals(key, count(9, 4));
        FloatArray floats = new FloatArray(2);
        KernelKey parts = KernelKey.of(PARTS, new Object[] {floats, floats, new IntArray(2), 2, 1, 2}).orElseThrow();
        assertEquals("ofParts", parts.entry());
        assertTrue(parts.words().startsWith("dev/qyclone/tasks/kernels/LargestKernels.ofParts("), parts.words());
    }

    @Test
    void whatIsNoKernelOfOursIsNotKept() {
        Object[] arguments = {new IntArray(8), 4};
        assertTrue(KernelKey.of("no reference", arguments).isEmpty());
        int captured = arguments.length;
        Serializable lambda = (Kernel2<IntArray, Integer>) (counts, items) -> counts.set(0, items + captured);
        assertTrue(KernelKey.of(lambda, arguments).isEmpty(), "what it captures may be compiled in");
        assertTrue(KernelKey.of(COUNT, new Object[] {new IntArray(8), 4L}).isEmpty(), "a long");
        assertTrue(KernelStore.NONE.key(COUNT, arguments).isEmpty());
    }

    @Test
    void whatWasKeptIsFoundInAnotherRun() throws IOException {
        KernelKey key = count(8, 4);
        assertTrue(store("a").find(key).isEmpty());
        keep(store("a"), key, SOURCE);
        Files.createFile(folder.resolve("x.cl")); // another's
        assertEquals(SOURCE, Files.readString(store("a").find(key).orElseThrow()));
        assertTrue(store("a").find(count(8, 5)).isEmpty(), "another kernel");
        assertTrue(store("b").find(key).isEmpty(), "another device");
        assertTrue(new KernelStore(folder, true, List.of("a")).find(key).isEmpty(), "compiled anew");
        store("a").forget(key);
        assertTrue(store("a").find(key).isEmpty());
    }

    @Test
    void aDamagedFileIsNotTaken() throws IOException {
        KernelKey key = count(8, 4);
        keep(store(), key, SOURCE);
        Path file = store().find(key).orElseThrow();
        Files.writeString(file, SOURCE.replace("{", "{ "));
        assertTrue(store().find(key).isEmpty());
        keep(store(), key, SOURCE);
        assertEquals(file, store().find(key).orElseThrow());
    }

    @Test
    void sourcesThatCannotBeToldApartAreNotKept() throws IOException {
        KernelKey key = count(8, 4);
        store().keep(List.of(Optional.of(key)), List.of(SOURCE, SOURCE));
        store().keep(List.of(Optional.of(key)), List.of());
        keep(store(), key, SOURCE.replace("count(", "other("));
        assertTrue(store().find(key).isEmpty());
        assertEquals(List.of(), PrintedKernels.split(SOURCE + "\nhalf a kernel"));
    }

    @Test
    void printedSourcesAreTakenAsTheyWere() {
        String other = SOURCE.replace("count", "other");
        assertEquals(List.of(SOURCE, other), PrintedKernels.split(SOURCE + "\n" + other + "\n"));
        assertEquals(List.of(), PrintedKernels.split(""));
    }

    @Test
    void kernelsOfLongAgoAreDropped() throws IOException {
        keep(store(), count(8, 4), SOURCE);
        Path file = store().find(count(8, 4)).orElseThrow();
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(89))));
        keep(store(), count(8, 5), SOURCE);
        assertTrue(Files.exists(file));
        Files.setLastModifiedTime(file, FileTime.from(Instant.now().minus(Duration.ofDays(91))));
        keep(store(), count(8, 6), SOURCE);
        assertFalse(Files.exists(file));
        assertTrue(store().find(count(8, 5)).isPresent());
    }

    @Test
    void nothingIsLeftBehindByWriting() throws IOException {
        keep(store(), count(8, 4), SOURCE);
        keep(store(), count(8, 4), SOURCE);
        try (Stream<Path> files = Files.list(folder)) {
            assertEquals(1, files.count());
        }
    }
}
