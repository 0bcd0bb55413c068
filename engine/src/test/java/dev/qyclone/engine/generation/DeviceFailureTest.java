package dev.qyclone.engine.generation;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.Golden;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Fallback;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Two devices that can fail between two that cannot: layer 0 on the host, 1 on gpu:0, 2 on nano:0, the output on the host. */
class DeviceFailureTest {
    private static final String MODEL = "qwen2-gqa";
    /** Prompts go through the stages in several pieces. */
    private static final int BATCH = 4;

    private final FaultyBackend first = new FaultyBackend("gpu:0");
    private final FaultyBackend second = new FaultyBackend("nano:0");

    private static Backends backends(FaultyBackend... more) {
        List<Backend> all = new ArrayList<>(List.of(new CpuBackend.Provider().create(new BackendOptions(1))));
        all.addAll(Arrays.asList(more));
        return new Backends(all);
    }

    private static Placement place(Device... layers) {
        return place(List.of(layers), layers[0]);
    }

    private static Placement place(List<Device> layers, Device ends) {
        List<Placement.Run> runs = IntStream.range(0, layers.size())
                .mapToObj(i -> new Placement.Run(i, 1, layers.get(i), StageOptions.DEFAULT.withBatch(BATCH), "a test")).toList();
        return new Placement(ends, runs, ends, StageOptions.DEFAULT);
    }

    private Engine open(FaultyBackend one, FaultyBackend other, Fallback fallback) {
        Backends backends = backends(one, other);
        Device host = backends.device("cpu:scalar");
        return Engine.open(ModelLoader.load(Golden.folder(MODEL)), backends, place(host, one.device(), other.device()), fallback);
    }

    private static Session session(Engine engine) {
        return engine.newSession(new SessionOptions(128, BATCH));
    }

    private static int[] ids(int from, int to) {
        return IntStream.range(from, to).map(i -> i * 7 % 200).toArray();
    }

    private static float[] expected(int count) {
        try (Engine engine = Engine.open(Golden.folder(MODEL), "cpu:scalar"); Session session = session(engine)) {
            return session.append(ids(0, count), Session.Progress.NONE).clone();
        }
    }

    private static void assertSameAsReference(Session session, int count) {
        double error = Golden.relativeL2(session.logits(), expected(count));
        assertTrue(error <= Golden.LOGITS_TOLERANCE, "relative L2 " + error);
    }

    /** A fault in layer 1, what the message must say, and the code. */
    private record Case(Fault fault, String where, ErrorCode code) {
    }

    static List<Case> faultsInTheMiddle() {
        return List.of(
                new Case(new Fault.FailureInLayer(1, ErrorCode.DEVICE_FAILED), "layer 1 on gpu:0", ErrorCode.DEVICE_FAILED),
                new Case(new Fault.FailureInLayer(1, ErrorCode.OUT_OF_MEMORY), "layer 1 on gpu:0", ErrorCode.OUT_OF_MEMORY),
                new Case(new Fault.BrokenKernel(Fault.Kernel.ATTENTION), "layer 1 on gpu:0", ErrorCode.DEVICE_FAILED),
                new Case(new Fault.NanInLayer(1), "layer 1 on gpu:0", ErrorCode.NON_FINITE),
                new Case(new Fault.UnnoticedNanInLayer(1), "layer 1 on gpu:0", ErrorCode.NON_FINITE));
    }

    @ParameterizedTest
    @MethodSource("faultsInTheMiddle")
    void aFirstPromptThatFailsLeavesNothingAndMayBeTriedAgain(Case c) {
        try (Engine engine = open(first, second, Fallback.NONE); Session session = session(engine)) {
            int opened = first.openThings() + second.openThings();
            first.put(c.fault());
            EngineException e = assertThrows(EngineException.class, () -> session.append(ids(0, 40), Session.Progress.NONE));
            assertEquals(c.code(), e.code());
            assertTrue(e.getMessage().contains(c.where()), e.getMessage());
            assertEquals(0, session.length());
            assertEquals(0, session.cacheBytes());
            assertEquals(opened, first.openThings() + second.openThings());
            first.heal();
            session.append(ids(0, 40), Session.Progress.NONE);
            assertSameAsReference(session, 40);
        }
        assertEquals(0, first.openThings() + second.openThings());
    }

    @ParameterizedTest
    @MethodSource("faultsInTheMiddle")
    void aConversationThatFailsGoesOnWithWhatItHeld(Case c) {
        try (Engine engine = open(first, second, Fallback.NONE); Session session = session(engine)) {
            session.append(ids(0, 10), Session.Progress.NONE);
            for (int tokens : new int[] {1, 30}) {
                first.put(c.fault());
                assertThrows(EngineException.class, () -> session.append(ids(10, 10 + tokens), Session.Progress.NONE));
                assertEquals(10, session.length());
                assertThrows(IllegalStateException.class, session::logits);
                first.heal();
            }
            session.append(ids(10, 40), Session.Progress.NONE);
            assertSameAsReference(session, 40);
        }
    }

    @Test
    void aSessionCanBeResetAtAnyTime() {
        try (Engine engine = open(first, second, Fallback.NONE); Session session = session(engine)) {
            session.reset();
            session.append(ids(5, 30), Session.Progress.NONE);
            assertTrue(session.cacheBytes() > 0);
            first.put(new Fault.NanInLayer(1));
            assertThrows(EngineException.class, () -> session.append(ids(30, 60), Session.Progress.NONE));
            session.reset();
            assertEquals(0, session.length());
            assertEquals(0, session.cacheBytes());
            first.heal();
            session.continueWith(ids(0, 25), Session.Progress.NONE);
            assertSameAsReference(session, 25);
            session.truncate(0);
            session.append(ids(0, 12), Session.Progress.NONE);
            assertSameAsReference(session, 12);
        }
    }

    @Test
    void oneSessionsFailureIsNotAnothers() {
        try (Engine engine = open(first, second, Fallback.NONE); Session fails = session(engine); Session lives = session(engine)) {
            lives.append(ids(0, 20), Session.Progress.NONE);
            second.put(new Fault.FailureInLayer(2, ErrorCode.DEVICE_FAILED));
            assertThrows(EngineException.class, () -> fails.append(ids(3, 40), Session.Progress.NONE));
            second.heal();
            lives.append(ids(20, 40), Session.Progress.NONE);
            assertSameAsReference(lives, 40);
        }
    }

    static List<Fault> refusals() {
        List<Fault> faults = new ArrayList<>(List.of(new Fault.FullAtLayer(2)));
        for (Fault.Kernel kernel : Fault.Kernel.values()) {
            faults.add(new Fault.WrongKernel(kernel));
            faults.add(new Fault.BrokenKernel(kernel));
        }
        return faults;
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void aStageThatCannotOpenClosesThoseBefore(Fault fault) {
        FaultyBackend broken = new FaultyBackend("nano:0", fault);
        EngineException e = assertThrows(EngineException.class, () -> open(first, broken, Fallback.NONE));
        assertTrue(e.getMessage().contains("nano:0"), e.getMessage());
        assertEquals(0, first.openThings());
        assertEquals(0, broken.openThings());
    }

    @ParameterizedTest
    @MethodSource("refusals")
    void layersOfADeviceThatRefusesGoWhereTheFallbackSays(Fault fault) {
        FaultyBackend broken = new FaultyBackend("nano:0", fault);
        List<Device> asked = new ArrayList<>();
        Fallback toTheFirst = (placement, device, reason) -> {
            assertEquals(0, first.openThings(), "stages are open while a fallback is looked for");
            assertTrue(reason.getMessage().contains("nano:0"), reason.getMessage());
            asked.add(device);
            Device host = placement.embedding();
            return place(List.of(host, first.device(), first.device()), host);
        };
        try (Engine engine = open(first, broken, toTheFirst); Session session = session(engine)) {
            assertEquals(List.of(broken.device()), asked);
            assertFalse(engine.placement().devices().contains(broken.device()));
            assertEquals(first.device(), engine.placement().runs().getLast().device());
            session.append(ids(0, 30), Session.Progress.NONE);
            assertSameAsReference(session, 30);
        }
        assertEquals(0, first.openThings() + broken.openThings());
    }

    @Test
    void everyDeviceThatRefusesIsAskedForOnce() {
        FaultyBackend full = new FaultyBackend("gpu:0", new Fault.FullAtLayer(1));
        FaultyBackend wrong = new FaultyBackend("nano:0", new Fault.WrongKernel(Fault.Kernel.PRODUCT));
        List<String> asked = new ArrayList<>();
        Fallback next = (placement, device, reason) -> {
            asked.add(device.id());
            Device host = placement.embedding();
            return asked.size() == 1 ? place(host, host, wrong.device()) : place(host, host, host);
        };
        try (Engine engine = open(full, wrong, next); Session session = session(engine)) {
            assertEquals(List.of("gpu:0", "nano:0"), asked);
            session.append(ids(0, 9), Session.Progress.NONE);
            assertSameAsReference(session, 9);
        }
    }

    @Test
    void aDeviceThatIsFullMayBeAskedForFewerLayersOnly() {
        FaultyBackend full = new FaultyBackend("gpu:0", new Fault.FullAtLayer(2));
        Backends backends = backends(full);
        Device host = backends.device("cpu:scalar");
        Placement all = place(List.of(full.device(), full.device(), full.device()), host);
        Placement fewer = place(List.of(full.device(), full.device(), host), host);
        try (Engine engine = Engine.open(ModelLoader.load(Golden.folder(MODEL)), backends, all, (placement, device, reason) -> fewer);
                Session session = session(engine)) {
            assertEquals(fewer, engine.placement());
            session.append(ids(0, 9), Session.Progress.NONE);
            assertSameAsReference(session, 9);
        }
        assertEquals(0, full.openThings());
        FaultyBackend wrong = new FaultyBackend("gpu:0", new Fault.WrongKernel(Fault.Kernel.NORM));
        EngineException e = assertThrows(EngineException.class,
                () -> Engine.open(ModelLoader.load(Golden.folder(MODEL)), backends(wrong), all, (placement, device, reason) -> fewer));
        assertEquals(ErrorCode.DEVICE_WRONG, e.code());
    }

    @Test
    void aFallbackThatNamesARefusedDeviceAgainEndsTheRun() {
        FaultyBackend full = new FaultyBackend("gpu:0", new Fault.FullAtLayer(1));
        EngineException e = assertThrows(EngineException.class, () -> open(full, second, (placement, device, reason) -> placement));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        EngineException strict = new EngineException(ErrorCode.OUT_OF_MEMORY, "strict");
        Fallback none = (placement, device, reason) -> {
            throw strict;
        };
        FaultyBackend fullToo = new FaultyBackend("gpu:0", new Fault.FullAtLayer(1));
        assertSame(strict, assertThrows(EngineException.class, () -> open(fullToo, new FaultyBackend("nano:0"), none)));
    }

    @Test
    void aFailureThatIsNoRefusalAsksForNoFallback() {
        List<Device> asked = new ArrayList<>();
        Backends backends = backends(first);
        try (Model model = ModelLoader.load(Golden.folder(MODEL)); backends) {
            Placement beyond = place(List.of(first.device(), first.device(), first.device(), first.device()), first.device());
            assertThrows(RuntimeException.class, () -> Engine.open(model, backends, beyond, (placement, device, reason) -> {
                asked.add(device);
                throw reason;
            }));
            assertEquals(List.of(), asked);
            assertEquals(0, first.openThings());
        }
    }
}
