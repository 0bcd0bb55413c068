package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.tasks.kernels.HostArrays;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Sessions that share one slot keep their rows, also where moving them fails on its way. */
class KvSlotsTest {
    private static final int CONTEXT = 32;
    private static final int LENGTH = 3;
    private static final int LAYERS = 3;
    /** Copies in one direction: keys and values of each layer. */
    private static final int COPIES = 2 * LAYERS;

    private final HostArrays arrays = new HostArrays();
    private final List<TornadoStageCache> sessions = new ArrayList<>();
    private KvPool pool;
    private Rows rows;
    private KvSlots slots;

    /** Keys and values as a device would have them; it fails after so many copies as are left. */
    private static final class Rows implements KvSlots.Moves {
        final float[] keys;
        final float[] values;
        int left = Integer.MAX_VALUE;

        Rows(KvPool pool) {
            keys = new float[pool.keys.getSize()];
            values = new float[pool.values.getSize()];
        }

        @Override
        public void takeKeys(int first, int count, MemorySegment target) {
            take(keys, first, count, target);
        }

        @Override
        public void takeValues(int first, int count, MemorySegment target) {
            take(values, first, count, target);
        }

        @Override
        public void putKeys(int first, int count, MemorySegment source) {
            put(keys, first, count, source);
        }

        @Override
        public void putValues(int first, int count, MemorySegment source) {
            put(values, first, count, source);
        }

        private void take(float[] device, int first, int count, MemorySegment target) {
            count();
            MemorySegment.copy(device, first, target, ValueLayout.JAVA_FLOAT, 0, count);
        }

        private void put(float[] device, int first, int count, MemorySegment source) {
            count();
            MemorySegment.copy(source, ValueLayout.JAVA_FLOAT, 0, device, first, count);
        }

        private void count() {
            if (left == 0) {
                throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "rows do not move");
            }
            left--;
        }
    }

    /** Three sessions and a slot, which the last one is in. */
    @BeforeEach
    void open() {
        ModelConfig config;
        try (Model model = ModelLoader.load(Golden.folder("qwen2-gqa"))) {
            config = model.config().withContext(CONTEXT);
        }
        assertEquals(LAYERS, config.layers());
        pool = new KvPool(config, 0, IntStream.range(0, LAYERS).toArray(), StageOptions.DEFAULT.withContext(CONTEXT), arrays);
        rows = new Rows(pool);
        slots = new KvSlots(pool, rows, 1);
        for (int session = 0; session < 3; session++) {
            TornadoStageCache cache = new TornadoStageCache(slots, CONTEXT, new AttentionPolicies(config).forPrompt(1));
            write(cache, slots.activate(cache), session);
            sessions.add(cache);
        }
    }

    @AfterEach
    void giveBack() {
        sessions.forEach(TornadoStageCache::close);
        arrays.close();
    }

    private void write(TornadoStageCache cache, int slot, int session) {
        for (int layer = 0; layer < LAYERS; layer++) {
            int key = pool.firstKey(layer, slot);
            Arrays.fill(rows.keys, key, key + pool.keyElements(LENGTH), 10 * session + layer);
            int value = pool.firstValue(layer, slot);
            Arrays.fill(rows.values, value, value + pool.valueElements(LENGTH), -10 * session - layer);
        }
        cache.advance(LENGTH);
    }

    private void requireOwnRows(int session) {
        int slot = slots.activate(sessions.get(session));
        assertEquals(LENGTH, sessions.get(session).length());
        for (int layer = 0; layer < LAYERS; layer++) {
            for (int i = 0; i < pool.keyElements(LENGTH); i++) {
                assertEquals(10 * session + layer, rows.keys[pool.firstKey(layer, slot) + i], "key of session " + session);
            }
            for (int i = 0; i < pool.valueElements(LENGTH); i++) {
                assertEquals(-10 * session - layer, rows.values[pool.firstValue(layer, slot) + i], "value of session " + session);
            }
        }
    }

    private void requireAllRows() {
        rows.left = Integer.MAX_VALUE;
        for (int session : new int[] {1, 2, 0, 2, 1, 0}) {
            requireOwnRows(session);
        }
    }

    @Test
    void theSessionThatWasUsedLongestAgoRests() {
        assertEquals(List.of(-1, -1, 0), sessions.stream().map(TornadoStageCache::slot).toList());
        requireAllRows();
    }

    /** One session's rows go to the host first, then another's to the device. */
    static IntStream failingCopies() {
        return IntStream.range(0, 2 * COPIES);
    }

    @ParameterizedTest
    @MethodSource("failingCopies")
    void rowsThatDoNotMoveChangeNothing(int copies) {
        rows.left = copies;
        assertThrows(EngineException.class, () -> slots.activate(sessions.getFirst()));
        assertEquals(-1, sessions.getFirst().slot());
        requireAllRows();
    }

    @Test
    void aSessionThatCannotTakeOverAnothersRowsKeepsItsOwn() {
        for (int copies = 0; copies < COPIES; copies++) {
            rows.left = copies;
            assertThrows(EngineException.class, () -> sessions.getFirst().copyFrom(sessions.getLast(), LENGTH - 1));
            requireAllRows();
            requireOwnRows(2);
        }
    }
}
