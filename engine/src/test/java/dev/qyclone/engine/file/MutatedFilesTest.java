package dev.qyclone.engine.file;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Stream;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.lifecycle.AfterProperty;
import net.jqwik.api.statistics.Statistics;

/** Small sound files, damaged at random: each is read completely, or refused with an {@link EngineException}. */
class MutatedFilesTest {
    private static final Duration NO_HANG = Duration.ofMinutes(5);
    /** The files have a few KB; this is far below what a length taken from a damaged one would ask for. */
    private static final long MOST_ALLOCATED = 4 << 20;
    private static final String INDEX = "model.safetensors.index.json";

    private final Path folder;
    private final byte[] gguf;
    private final Map<String, byte[]> shards = new LinkedHashMap<>();

    MutatedFilesTest() throws IOException {
        folder = Files.createTempDirectory("qyclone-mutated");
        gguf = smallGguf(folder.resolve("model.gguf"));
        shards.put("model-1.safetensors", SafetensorsFileTest.bytes("{'__metadata__':{'format':'pt'},"
                + "'a':{'dtype':'F32','shape':[2],'data_offsets':[0,8]},'b':{'dtype':'BF16','shape':[2,2],'data_offsets':[8,16]}}"));
        shards.put("model-2.safetensors", SafetensorsFileTest.bytes("{'c':{'dtype':'F16','shape':[8,1],'data_offsets':[0,16]}}"));
        shards.put(INDEX, ("{\"metadata\":{\"total_size\":32},\"weight_map\":{\"a\":\"model-1.safetensors\","
                + "\"b\":\"model-1.safetensors\",\"c\":\"model-2.safetensors\"}}").getBytes(StandardCharsets.UTF_8));
        for (Map.Entry<String, byte[]> shard : shards.entrySet()) {
            Files.write(folder.resolve(shard.getKey()), shard.getValue());
        }
        // Sound ones first: loading classes takes memory that is no file's fault.
        assertTrue(readAll(() -> GgufFile.open(folder.resolve("model.gguf"))) && readAll(() -> SafetensorsFile.openFolder(folder)));
    }

    @AfterProperty
    void removeFiles() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> assertTrue(file.toFile().delete()));
        }
        Files.delete(folder);
    }

    @Provide
    Arbitrary<List<Mutation>> mutations() {
        return Mutation.any().list().ofMinSize(1).ofMaxSize(4);
    }

    @Provide
    Arbitrary<String> shardNames() {
        return Arbitraries.of("model-1.safetensors", "model-2.safetensors", INDEX);
    }

    @Property(tries = 3000)
    void ggufIsReadOrRefused(@ForAll("mutations") List<Mutation> mutations) throws IOException {
        Path path = Files.write(folder.resolve("model.gguf"), mutated(gguf, mutations));
        collect(readOrRefused(() -> GgufFile.open(path)));
    }

    @Property(tries = 1000)
    void safetensorsAreReadOrRefused(@ForAll("shardNames") String damaged, @ForAll("mutations") List<Mutation> mutations)
            throws IOException {
        for (Map.Entry<String, byte[]> shard : shards.entrySet()) {
            boolean target = shard.getKey().equals(damaged);
            Files.write(folder.resolve(shard.getKey()), target ? mutated(shard.getValue(), mutations) : shard.getValue());
        }
        collect(readOrRefused(() -> SafetensorsFile.openFolder(folder)));
    }

    /** Both ends must be met often, or the mutations are too weak or too strong to show anything. */
    private static void collect(boolean read) {
        Statistics.collect(read ? "read" : "refused");
        Statistics.coverage(coverage -> {
            coverage.check("read").percentage(share -> share > 3);
            coverage.check("refused").percentage(share -> share > 30);
        });
    }

    private static boolean readOrRefused(Supplier<TensorFile> opening) {
        return assertTimeoutPreemptively(NO_HANG, () -> {
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            boolean read = readAll(opening);
            long allocated = threads.getCurrentThreadAllocatedBytes() - before;
            assertTrue(allocated < MOST_ALLOCATED, allocated + " bytes were taken");
            return read;
        });
    }

    private static boolean readAll(Supplier<TensorFile> opening) {
        try (TensorFile file = opening.get()) {
            if (file instanceof GgufFile withMetadata) {
                Metadata metadata = withMetadata.metadata();
                metadata.keys().forEach(key -> assertTrue(metadata.has(key) && metadata.get(key).toString() != null));
            }
            for (Tensor tensor : file.tensors().values()) {
                tensor.toFloats();
            }
            return true;
        } catch (EngineException e) {
            assertFalse(e.getMessage().chars().anyMatch(Character::isISOControl), e.getMessage());
            return false;
        }
    }

    private static byte[] mutated(byte[] bytes, List<Mutation> mutations) {
        byte[] changed = bytes;
        for (Mutation mutation : mutations) {
            changed = mutation.applied(changed);
        }
        return changed;
    }

    private static byte[] smallGguf(Path path) {
        GgufWriter writer = new GgufWriter().put("general.architecture", "qwen2").put("i", 7).put("l", -1L).put("f", 1.5f).put("b", true)
                .put("tokens", List.of("a", "bc", "Ġd", "é")).put("types", new int[] {1, 1, 3, 5}).put("scores", new float[] {0, 1});
        for (TensorType type : TensorType.values()) {
            writer.tensor("blk.0." + type + ".weight", type, new long[] {2, type.blockSize()}, (row, target) -> target[0] = row);
        }
        writer.write(path);
        try {
            return Files.readAllBytes(path);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
