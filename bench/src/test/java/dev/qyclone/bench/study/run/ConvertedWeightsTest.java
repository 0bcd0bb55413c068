package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ConvertedWeightsTest {
    @TempDir
    private Path folder;

    private static List<Tensor> all(Model model) {
        Stream<Tensor> ends = Stream.of(model.tokenEmbedding(), model.output(), model.outputNorm());
        return Stream.concat(ends, model.layers().stream().flatMap(layer -> layer.tensors())).toList();
    }

    /** The model writer draws the same numbers for every type: what it stores is what we must convert to, bit for bit. */
    @ParameterizedTest
    @EnumSource(value = TensorType.class, names = {"F16", "BF16", "Q8_0", "Q4_0", "Q5_1"})
    void matricesAreWhatTheModelWriterStores(TensorType type) {
        try (Model stored = ModelLoader.load(TinyModel.write(folder, TensorType.F32));
                Model expected = ModelLoader.load(TinyModel.write(folder, type))) {
            Path file = folder.resolve("weights.bin");
            ConvertedWeights.requirePossible(stored, type);
            assertFalse(ConvertedWeights.isAlready(stored, type));
            assertTrue(ConvertedWeights.isAlready(expected, type));
            ConvertedWeights.write(stored, type, file);
            List<Tensor> converted = all(ConvertedWeights.over(stored, type, file));
            List<Tensor> wanted = all(expected);
            assertEquals(wanted.size(), converted.size());
            for (int i = 0; i < wanted.size(); i++) {
                assertEquals(wanted.get(i).type(), converted.get(i).type(), wanted.get(i).name());
                assertEquals(wanted.get(i).shape(), converted.get(i).shape());
                assertArrayEquals(wanted.get(i).toFloats(), converted.get(i).toFloats(), 0, wanted.get(i).name());
            }
        }
    }

    @Test
    void aTiedOutputStaysTheEmbedding() {
        try (Model file = ModelLoader.load(TinyModel.write(folder, TensorType.F32))) {
            Model tied = new Model(file.source(), file.config(), file.tokenEmbedding(), file.layers(), file.outputNorm(),
                    file.tokenEmbedding());
            Path weights = folder.resolve("weights.bin");
            ConvertedWeights.write(tied, TensorType.Q8_0, weights);
            Model converted = ConvertedWeights.over(tied, TensorType.Q8_0, weights);
            assertSame(converted.tokenEmbedding(), converted.output());
        }
    }

    @Test
    void aDiskThatIsTooSmallIsALineWithBothSizes() throws IOException {
        try (Model stored = ModelLoader.load(TinyModel.write(folder, TensorType.F32))) {
            Path file = folder.resolve("weights.bin");
            ConvertedWeights.write(stored, TensorType.F16, file);
            long needed = ConvertedWeights.bytes(stored, TensorType.F16);
            assertTrue(needed >= Files.size(file) && needed < Files.size(file) + 64, needed + " of " + Files.size(file));
            ConvertedWeights.requireRoom(TensorType.F16, 5 << 20, 5 << 20, file);
            EngineException refusal = assertThrows(EngineException.class, () ->
                    ConvertedWeights.requireRoom(TensorType.F16, 5 << 20, 3 << 19, file));
            assertEquals(ErrorCode.WRITE_FAILED, refusal.code());
            assertTrue(refusal.getMessage().contains("as F16 need 5.0 MiB on the disk of " + file + ": got 1.5 MiB free; name a folder"),
                    refusal.getMessage());
        }
    }

    /** A page of a mapped file that cannot be had is the same fault when it is read as when it is written on a full disk. */
    @Test
    void aFaultOfMappedMemoryIsALineAndLeavesNoFile() throws IOException {
        Path source = TinyModel.write(folder, TensorType.F32);
        Path file = folder.resolve("weights.bin");
        try (Model stored = ModelLoader.load(source)) {
            try (FileChannel cut = FileChannel.open(source, StandardOpenOption.WRITE)) {
                cut.truncate(4096);
            }
            EngineException refusal = assertThrows(EngineException.class, () -> ConvertedWeights.write(stored, TensorType.F16, file));
            assertEquals(ErrorCode.WRITE_FAILED, refusal.code());
            assertTrue(refusal.getMessage().contains("a fault of mapped memory"), refusal.getMessage());
            assertFalse(Files.exists(file));
        }
    }

    @Test
    void aTypeWhoseBlocksFitNoRowIsRefused() {
        try (Model stored = ModelLoader.load(TinyModel.write(folder, TensorType.F32))) {
            EngineException refusal = assertThrows(EngineException.class, () -> ConvertedWeights.requirePossible(stored, TensorType.Q4_K));
            assertEquals(ErrorCode.UNSUPPORTED, refusal.code());
            assertTrue(refusal.getMessage().contains("as Q4_K: expected rows of a multiple of 256 elements, got rows of 64"),
                    refusal.getMessage());
        }
    }
}
