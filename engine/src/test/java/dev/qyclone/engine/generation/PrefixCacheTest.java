package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class PrefixCacheTest {
    /** Calls of other sizes sum in other orders. */
    private static final double REORDERING = 1e-5;
    /** Keys that differ by a last bit of a float may be rounded to neighbouring halves. */
    private static final double F16_ROUNDING = 2e-3;
    private static final long PLENTY = 1L << 30;
    private static final int CONTEXT = 2300;
    private static final int[] TEXT = IntStream.range(0, CONTEXT).map(i -> (i * 31 + i / 7) % 256).toArray();

    @ParameterizedTest
    @EnumSource(KvType.class)
    void theSecondRequestComputesOnlyItsOwnTail(KvType type) {
        try (Engine engine = open("qwen2-gqa", type); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            begin(engine, prefixes, prompt(2000, 17, 100));
            int[] second = prompt(2000, 40, 101);
            List<Integer> computed = new ArrayList<>();
            try (Session session = session(engine, prefixes)) {
                assertEquals(2000, session.continueWith(second, (done, total) -> computed.add(total)));
                assertEquals(List.of(40), computed);
                assertEquals(new PrefixReuse(2000, ""), session.prefixReuse());
                requireAsFresh(engine, type, second, session.logits());
            }
        }
    }

    @Test
    void sessionsOfOnePrefixDoNotDisturbItOrEachOther() {
        try (Engine engine = open("qwen2-gqa"); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            begin(engine, prefixes, prompt(300, 5, 100));
            for (int last : new int[] {101, 102, 103}) {
                int[] other = prompt(290 + last % 3, 50, last);
                try (Session session = session(engine, prefixes)) {
                    session.append(other, Session.Progress.NONE);
                    assertTrue(session.prefixReuse().tokens() >= 290);
                    requireAsFresh(engine, KvType.F32, other, session.logits());
                }
            }
        }
    }

    @Test
    void thePromptAgainComputesItsLastIdAndAnAnswerCanBeKeptToo() {
        try (Engine engine = open("qwen2-gqa"); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            int[] prompt = prompt(200, 3, 100);
            int[] answered = Arrays.copyOf(prompt, 210);
            try (Session session = session(engine, prefixes)) {
                session.append(prompt, Session.Progress.NONE);
                session.append(new int[7], Session.Progress.NONE);
                session.keepPrefix();
            }
            assertEquals(1, prefixes.size());
            assertEquals(202, begin(engine, prefixes, prompt).tokens());
            assertEquals(209, begin(engine, prefixes, answered).tokens());
            assertEquals(1, prefixes.size());
        }
    }

    @Test
    void droppedRowsAreRefusedWithAReason() {
        try (Engine engine = open("qwen2-swa-mixed"); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            begin(engine, prefixes, prompt(2000, 10, 100));
            int[] near = prompt(1995, 30, 101);
            try (Session session = session(engine, prefixes)) {
                session.append(near, Session.Progress.NONE);
                assertEquals(new PrefixReuse(1995, ""), session.prefixReuse());
                requireAsFresh(engine, KvType.F32, near, session.logits());
            }
            int[] far = prompt(600, 30, 102);
            try (Session session = session(engine, prefixes)) {
                assertEquals(0, session.continueWith(far, Session.Progress.NONE));
                String reason = session.prefixReuse().reason();
                assertTrue(reason.contains("600 ids") && reason.contains("window") && reason.contains("position "), reason);
                requireAsFresh(engine, KvType.F32, far, session.logits());
            }
        }
    }

    @Test
    void keysOfAnotherAlphaAreNotReused() {
        try (Engine engine = open("qwen1-ntk"); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            begin(engine, prefixes, prompt(130, 20, 100));
            assertEquals(130, begin(engine, prefixes, prompt(130, 15, 101)).tokens());
            int[] longer = prompt(130, 200, 101);
            try (Session session = session(engine, prefixes)) {
                session.append(longer, Session.Progress.NONE);
                assertEquals(0, session.prefixReuse().tokens());
                assertTrue(session.prefixReuse().reason().contains("attention constants"), session.prefixReuse().reason());
                requireAsFresh(engine, KvType.F32, longer, session.logits());
            }
        }
    }

    @Test
    void keysOfAnotherEngineAreNotReused() {
        try (Engine engine = open("qwen2-gqa"); Engine other = open("qwen2-gqa"); PrefixCache prefixes = new PrefixCache(PLENTY)) {
            begin(engine, prefixes, prompt(100, 5, 100));
            assertEquals(0, begin(other, prefixes, prompt(100, 5, 101)).tokens());
        }
    }

    @Test
    void theLeastRecentlyUsedPromptGoesWhereMemoryEnds() {
        try (Engine engine = open("qwen2-gqa")) {
            long each;
            try (Session session = session(engine, new PrefixCache(0))) {
                session.append(prompt(0, 200, 1), Session.Progress.NONE);
                each = session.cacheBytes();
            }
            try (PrefixCache prefixes = new PrefixCache(2 * each)) {
                begin(engine, prefixes, prompt(0, 200, 1));
                begin(engine, prefixes, prompt(0, 200, 2));
                assertEquals(199, begin(engine, prefixes, prompt(0, 200, 1)).tokens());
                begin(engine, prefixes, prompt(0, 200, 3));
                assertEquals(2 * each, prefixes.bytes());
                assertEquals(199, begin(engine, prefixes, prompt(0, 200, 1)).tokens());
                assertEquals(0, begin(engine, prefixes, prompt(0, 200, 2)).tokens());
                begin(engine, prefixes, prompt(0, 900, 4));
                assertEquals(2, prefixes.size());
                prefixes.close();
                assertEquals(0, prefixes.bytes());
                assertEquals(0, begin(engine, prefixes, prompt(0, 200, 1)).tokens());
                assertEquals(0, prefixes.size());
            }
        }
    }

    @Test
    void aFailedPromptIsNotKept() {
        try (Engine engine = open("qwen2-gqa"); PrefixCache prefixes = new PrefixCache(PLENTY);
                Session session = session(engine, prefixes)) {
            try {
                session.append(prompt(500, 1, 1), (done, total) -> {
                    throw new IllegalStateException("enough");
                });
            } catch (IllegalStateException e) {
                assertEquals("enough", e.getMessage());
            }
            assertEquals(0, prefixes.size());
            assertEquals(0, session.length());
        }
    }

    private static PrefixReuse begin(Engine engine, PrefixCache prefixes, int[] prompt) {
        try (Session session = session(engine, prefixes)) {
            session.append(prompt, Session.Progress.NONE);
            return session.prefixReuse();
        }
    }

    private static void requireAsFresh(Engine engine, KvType type, int[] prompt, float[] logits) {
        try (Session fresh = session(engine, new PrefixCache(0))) {
            double error = Golden.relativeL2(logits, fresh.append(prompt, Session.Progress.NONE));
            assertTrue(error <= (type == KvType.F16 ? F16_ROUNDING : REORDERING), "relative L2 " + error);
        }
    }

    /** The text's first ids, then a tail that differs from that of any other {@code last} in every id. */
    private static int[] prompt(int shared, int tail, int last) {
        int[] prompt = Arrays.copyOf(TEXT, shared + tail);
        for (int i = shared; i < prompt.length; i++) {
            prompt[i] = (TEXT[i] + last) % 256;
        }
        return prompt;
    }

    private static Session session(Engine engine, PrefixCache prefixes) {
        return engine.newSession(new SessionOptions(CONTEXT, 64), prefixes);
    }

    private static Engine open(String name) {
        return open(name, KvType.F32);
    }

    private static Engine open(String name, KvType type) {
        Backends backends = Backends.discover(new BackendOptions(2));
        Model model = ModelLoader.load(Golden.folder(name)).withContext(CONTEXT);
        return Engine.open(model, backends, Placement.allOn(backends.device("cpu"), model.config().layers(),
                StageOptions.DEFAULT.withKvType(type), "a test"));
    }
}
