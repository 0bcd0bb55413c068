package dev.qyclone.engine.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class MappedFileTest {
    /** Not a matter of taste: kernels that have met two classes of segments are six times as slow, and nothing else shows it. */
    @Test
    void aFileIsASegmentOfTheClassThatArenasAllocate() {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment mapped = MappedFile.map(GgufFileTest.tinyContainer(), "a GGUF file", arena).bytes();
            assertEquals(arena.allocate(1).getClass(), mapped.getClass());
            assertTrue(mapped.isReadOnly());
            assertEquals(arena.scope(), mapped.scope());
        }
    }
}
