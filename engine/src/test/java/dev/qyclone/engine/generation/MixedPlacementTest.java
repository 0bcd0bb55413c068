package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.MixedPlacements;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.StageOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Stages on any mix of the host's devices answer as one device does. */
class MixedPlacementTest {
    private static final List<String> MODELS = Golden.MODELS;
    /** The golden models have three layers: every way to put them on two devices. */
    private static final List<List<String>> MIXES = IntStream.range(0, 8)
            .mapToObj(mask -> IntStream.range(0, 3).mapToObj(layer -> (mask >> layer & 1) == 0 ? "cpu" : "cpu:scalar").toList()).toList();

    private static Supplier<Backends> backends(int threads) {
        return () -> Backends.discover(new BackendOptions(threads));
    }

    @ParameterizedTest
    @FieldSource("MODELS")
    void everyMixGivesTheIdsOfOneDevice(String name) throws IOException {
        Path folder = Golden.folder(name);
        List<MixedPlacements.Answer> expected = MixedPlacements.onOneDevice(folder, backends(1), "cpu:scalar");
        for (List<String> mix : MIXES) {
            MixedPlacements.requireSame(expected, folder, backends(1), mix);
        }
    }

    /** Two stages that share the host's threads take turns at them. */
    @ParameterizedTest
    @ValueSource(strings = {"qwen2-gqa", "qwen2-swa-mixed"})
    void stagesMayShareTheirThreads(String name) throws IOException {
        Path folder = Golden.folder(name);
        List<MixedPlacements.Answer> expected = MixedPlacements.onOneDevice(folder, backends(2), "cpu");
        MixedPlacements.requireSame(expected, folder, backends(2), List.of("cpu", "cpu:scalar"));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3})
    void piecesOnTheirWayTogetherHaveTheBitsOfPiecesOneByOne(int threads) {
        try (Engine engine = open(threads)) {
            int[] ids = IntStream.range(0, 100).map(i -> i * 31 % engine.config().vocab()).toArray();
            SessionOptions options = new SessionOptions(engine.config().context(), 9);
            try (Session together = engine.newSession(options); Session oneByOne = engine.newSession(options)) {
                for (int from = 0; from < ids.length; from += 9) {
                    oneByOne.append(slice(ids, from, Math.min(from + 9, ids.length)), Session.Progress.NONE);
                }
                assertArrayEquals(oneByOne.logits(), together.append(ids, Session.Progress.NONE));
            }
        }
    }

    @Test
    void sessionsOnOneEngineAtTheSameTimeDoNotDisturbEachOther() throws Exception {
        try (Engine engine = open(2); ExecutorService threads = Executors.newFixedThreadPool(3)) {
            SessionOptions options = new SessionOptions(engine.config().context(), 6);
            List<Future<float[]>> running = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                int seed = i;
                running.add(threads.submit(() -> conversation(engine, options, seed)));
            }
            for (int i = 0; i < 3; i++) {
                assertArrayEquals(conversation(engine, options, i), running.get(i).get());
            }
        }
    }

    private static float[] conversation(Engine engine, SessionOptions options, int seed) {
        int[] ids = IntStream.range(0, 40).map(i -> (i + seed) * 31 % engine.config().vocab()).toArray();
        try (Session session = engine.newSession(options)) {
            session.append(slice(ids, 0, 25), Session.Progress.NONE);
            for (int i = 25; i < ids.length; i++) {
                session.append(slice(ids, i, i + 1), Session.Progress.NONE);
            }
            assertEquals(40, session.length());
            return session.logits().clone();
        }
    }

    private static Engine open(int threads) {
        Backends backends = backends(threads).get();
        Model model = ModelLoader.load(Golden.folder("qwen2-gqa"));
        return Engine.open(model, backends,
                MixedPlacements.alternating(model, backends, List.of("cpu", "cpu:scalar"), StageOptions.DEFAULT));
    }

    private static int[] slice(int[] ids, int from, int to) {
        return IntStream.range(from, to).map(i -> ids[i]).toArray();
    }
}
