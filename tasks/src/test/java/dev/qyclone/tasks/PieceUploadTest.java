package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.MoveKernels;
import dev.qyclone.tasks.kernels.PackedMatrix;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import uk.ac.manchester.tornado.api.TornadoExecutionResult;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Matrices that are sent in pieces arrive as those that are sent as a whole. */
@Tag("device")
class PieceUploadTest {
    /** Groups of rows that end in the middle: what is behind a piece's last row is zeros, not rows of the piece before. */
    private static final int ROWS = 33;
    private static final int COLS = 512;
    private static final int SLICES = 3;

    @ParameterizedTest
    @EnumSource
    void everyTypeArrives(TensorType type) {
        DeviceUnderTest.require();
        try (Arena arena = Arena.ofConfined(); HostArrays whole = new HostArrays(); HostArrays pieces = new HostArrays(0)) {
            MemorySegment bits = arena.allocate(type.bytes((long) SLICES * ROWS * COLS));
            Random random = new Random(type.ordinal());
            for (long at = 0; at < bits.byteSize(); at++) {
                bits.set(ValueLayout.JAVA_BYTE, at, (byte) (random.nextInt() & 0x37)); // no half or brain float that is not finite
            }
            Tensor all = new Tensor("all", type, new long[] {SLICES, ROWS, COLS}, bits);
            PackedMatrix expected = matrix(all, whole);
            whole.awaitFilled();
            PackedMatrix first = matrix(all, pieces);
            PackedMatrix second = matrix(all, pieces);

            try (GraphChain chain = new GraphChain(64)) {
                PieceUpload.begin(chain, Stream.of(first, second), pieces);
                IntArray range = new IntArray(MoveKernels.RANGE);
                FloatArray seen = new FloatArray(1);
                Steps reading = chain.next("reading").own(range, seen);
                for (PackedMatrix matrix : List.of(first, second)) {
                    reading.overItems("read" + reading.count(), 1, (graph, task) ->
                            graph.task(task, MoveKernels::arrived, range, matrix.words(), matrix.scales(), seen));
                }
                chain.open(DeviceUnderTest.tornado(), () -> { });
                TornadoExecutionResult result = chain.run(reading);
                for (PackedMatrix matrix : List.of(first, second)) {
                    result.transferToHost(matrix.words(), matrix.scales());
                    requireSame(expected, matrix);
                }
            }
        }
    }

    private static PackedMatrix matrix(Tensor all, HostArrays arrays) {
        return new PackedMatrix(all.type(), SLICES, ROWS, COLS, (slice, row) -> row < ROWS ? all.slice(slice).rows(row, 1) : null, arrays);
    }

    private static void requireSame(PackedMatrix expected, PackedMatrix got) {
        if (expected.groupWords() > 0) {
            assertArrayEquals(expected.words().toHeapArray(), got.words().toHeapArray());
        }
        if (expected.groupScales() > 0) {
            assertArrayEquals(expected.scales().toHeapArray(), got.scales().toHeapArray());
        }
    }

    @Test
    void aPieceIsPutIntoItsPlaceAlone() {
        int lanes = MoveKernels.LANES;
        IntArray range = IntArray.fromElements(1, 2, 2, 1); // two lanes of words behind the first, one of scales behind the second
        IntArray pieceWords = new IntArray(3 * lanes);
        FloatArray pieceScales = new FloatArray(3 * lanes);
        for (int i = 0; i < 3 * lanes; i++) {
            pieceWords.set(i, i + 1);
            pieceScales.set(i, i + 0.5f);
        }
        IntArray words = new IntArray(4 * lanes);
        FloatArray scales = new FloatArray(4 * lanes);
        FloatArray seen = new FloatArray(1);
        words.init(-1);
        scales.init(-1f);
        MoveKernels.arrived(range, pieceWords, pieceScales, seen);
        MoveKernels.place(range, pieceWords, pieceScales, words, scales, 3);
        assertEquals(1 + 1 + 0.5f, seen.get(0));
        for (int i = 0; i < 4 * lanes; i++) {
            assertEquals(i < lanes || i >= 3 * lanes ? -1 : i - lanes + 1, words.get(i), "word " + i);
            assertEquals(i < 2 * lanes || i >= 3 * lanes ? -1f : i - 2 * lanes + 0.5f, scales.get(i), "scale " + i);
        }
    }

    @Test
    void aWeightThatIsNotFiniteIsABadFile() {
        DeviceUnderTest.require();
        try (Arena arena = Arena.ofConfined(); HostArrays pieces = new HostArrays(0)) {
            MemorySegment halves = arena.allocate(2L * SLICES * ROWS * COLS);
            halves.set(ValueLayout.JAVA_SHORT, halves.byteSize() - 2, (short) 0x7C00);
            PackedMatrix matrix = matrix(new Tensor("all", TensorType.F16, new long[] {SLICES, ROWS, COLS}, halves), pieces);
            GraphChain chain = new GraphChain(64);
            PieceUpload.begin(chain, Stream.of(matrix), pieces);
            EngineException e = assertThrows(EngineException.class, () -> chain.open(DeviceUnderTest.tornado(), () -> { }, pieces));
            assertEquals(ErrorCode.BAD_FILE, e.code(), e.getMessage());
        }
    }

    /** In every family; graphs that join later run behind those that sent them. */
    @ParameterizedTest
    @EnumSource(value = KernelFamily.class, names = {"PARALLEL", "CONTEXT", "FPGA"})
    void aStageComputesWithThem(KernelFamily family) {
        ModelConfig c = PublishedShape.QWEN2_0_5B.config();
        ModelConfig config = new ModelConfig(c.architecture(), 64, 1, 4, 2, 16, 96, 64, 1024, c.normEps(), c.ropeBase(), c.attention(),
                c.mixture());
        StageOptions options = StageOptions.DEFAULT.withContext(1024).withKernels(new KernelChoice(family, 0));
        Device device = DeviceUnderTest.require();
        try (RandomLayer random = new RandomLayer(config, TensorType.Q8_0)) {
            Model model = random.model();
            try (TornadoLayerStage stage = TornadoLayerStage.unchecked(device, DeviceUnderTest.tornado(), new DeviceMemory(device), model,
                    0, 1, options, GraphTools.plain(), new HostArrays(0))) {
                assertDoesNotThrow(() -> StageCheck.require(device, stage.check(model, 0, options, false)));
            }
        }
    }
}
