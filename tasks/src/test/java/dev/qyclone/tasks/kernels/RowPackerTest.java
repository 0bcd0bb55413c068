package dev.qyclone.tasks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

class RowPackerTest {
    private static final short ONE = 0x3C00;

    /** In the lower and the upper half of a word, and in a last word of one half: those with an exponent of ones are refused. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 2})
    void everyHalfIsKeptOrRefused(int column) {
        RowFormat format = new RowFormat(TensorType.F16, 3);
        IntArray words = new IntArray(2 * PackedMatrix.LANES);
        RowPacker packer = new RowPacker(format, words, new FloatArray(1));
        MemorySegment row = MemorySegment.ofArray(new short[] {ONE, ONE, ONE});
        Tensor tensor = new Tensor("row", TensorType.F16, new long[] {1, 3}, row);
        for (int half = 0; half < 1 << 16; half++) {
            row.setAtIndex(ValueLayout.JAVA_SHORT_UNALIGNED, column, (short) half);
            if ((half >> 10 & 31) == 31) {
                assertEquals(ErrorCode.BAD_FILE, assertThrows(EngineException.class, () -> packer.pack(tensor, 0, 5)).code());
            } else {
                packer.pack(tensor, 0, 5);
                assertEquals(half, words.get(column / 2 * PackedMatrix.LANES + 5) >>> 16 * (column % 2) & 0xFFFF);
            }
        }
    }
}
