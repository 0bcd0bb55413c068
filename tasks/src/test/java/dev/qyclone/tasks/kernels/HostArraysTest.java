package dev.qyclone.tasks.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
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
    void keepsSizesWhenMemoryIsGivenBack() {
        HostArrays arrays = new HostArrays();
        FloatArray floats = arrays.floats(100);
        arrays.close();
        arrays.close();
        assertEquals(100, floats.getSize());
        assertThrows(IllegalStateException.class, () -> floats.get(0));
    }
}
