package dev.qyclone.engine.faulty;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FaultyBackendTest {
    private static final int[] PROMPT = {1, 200, 30, 4, 255, 6, 7};
    private static final String ID = "gpu:0";

    @TempDir
    private Path folder;
    private Path path;

    @BeforeEach
    void writeModel() {
        path = TinyModel.write(folder, TensorType.F32);
    }

    private Engine open(FaultyBackend faulty) {
        Backends backends = new Backends(List.of(new CpuBackend.Provider().create(new BackendOptions(1)), faulty));
        Model model = ModelLoader.load(path);
        return Engine.open(model, backends, Placement.allOn(faulty.device(), model.config().layers(), "a test"));
    }

    private static Session session(Engine engine) {
        return engine.newSession(new SessionOptions(64, 4));
    }

    private static float[] logits(Session session) {
        return session.append(PROMPT, Session.Progress.NONE).clone();
    }

    private float[] expected() {
        try (Engine engine = Engine.open(path, "cpu:scalar"); Session session = session(engine)) {
            return logits(session);
        }
    }

    @Test
    void aSoundOneComputesAsTheReferenceAndLeavesNothingOpen() {
        FaultyBackend faulty = new FaultyBackend(ID);
        try (Engine engine = open(faulty); Session session = session(engine)) {
            assertArrayEquals(expected(), logits(session));
            assertEquals(4, faulty.openThings()); // embedding, layers, output, cache
        }
        assertEquals(0, faulty.openThings());
    }

    @Test
    void aWrongLayerGoesUnnoticedWithOtherNumbers() {
        FaultyBackend faulty = new FaultyBackend(ID, new Fault.WrongLayer(0));
        try (Engine engine = open(faulty); Session session = session(engine)) {
            assertFalse(Arrays.equals(expected(), logits(session)));
        }
    }

    @Test
    void aFailureNamesLayerAndDeviceAndPasses() {
        FaultyBackend faulty = new FaultyBackend(ID);
        try (Engine engine = open(faulty); Session session = session(engine)) {
            session.append(PROMPT, Session.Progress.NONE);
            faulty.put(new Fault.FailureInLayer(1, ErrorCode.DEVICE_UNAVAILABLE));
            EngineException e = assertThrows(EngineException.class, () -> session.append(PROMPT, Session.Progress.NONE));
            assertEquals(ErrorCode.DEVICE_UNAVAILABLE, e.code());
            assertTrue(e.getMessage().contains("layer 1 on gpu:0"), e.getMessage());
            faulty.heal();
            session.truncate(0);
            assertArrayEquals(expected(), logits(session));
        }
    }

    @Test
    void aNanIsNamedByTheStageOrElseByThePipeline() {
        FaultyBackend faulty = new FaultyBackend(ID, new Fault.NanInLayer(1));
        try (Engine engine = open(faulty); Session session = session(engine)) {
            EngineException e = assertThrows(EngineException.class, () -> logits(session));
            assertEquals(ErrorCode.NON_FINITE, e.code());
            assertTrue(e.getMessage().contains("layer 1 on gpu:0"), e.getMessage());
            faulty.put(new Fault.UnnoticedNanInLayer(0));
            e = assertThrows(EngineException.class, () -> logits(session));
            assertEquals(ErrorCode.NON_FINITE, e.code());
            assertTrue(e.getMessage().contains("layers 0-1 on gpu:0"), e.getMessage());
        }
    }

    @ParameterizedTest
    @EnumSource(Fault.Kernel.class)
    void aWrongKernelIsRefusedByNameWhenOpened(Fault.Kernel kernel) {
        for (Fault fault : List.of(new Fault.WrongKernel(kernel), new Fault.BrokenKernel(kernel))) {
            FaultyBackend faulty = new FaultyBackend(ID, fault);
            EngineException e = assertThrows(EngineException.class, () -> open(faulty));
            assertEquals(ErrorCode.DEVICE_WRONG, e.code());
            assertTrue(e.getMessage().contains(ID) && e.getMessage().contains(kernel.name().toLowerCase(Locale.ROOT)), e.getMessage());
            assertEquals(0, faulty.openThings());
        }
    }

    @Test
    void memoryThatIsReportedAndMemoryThatIsNotThere() {
        try (FaultyBackend little = new FaultyBackend(ID, new Fault.LittleMemory(1000))) {
            assertEquals(1000, little.devices().getFirst().memoryBytes());
        }
        FaultyBackend full = new FaultyBackend(ID, new Fault.FullAtLayer(1));
        EngineException e = assertThrows(EngineException.class, () -> open(full));
        assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
        assertEquals(0, full.openThings());
        FaultyBackend small = new FaultyBackend(ID, new Fault.FullBeside(1)); // the embedding is open when the layers come
        assertEquals(ErrorCode.OUT_OF_MEMORY, assertThrows(EngineException.class, () -> open(small)).code());
        assertEquals(0, small.openThings());
    }

    @Test
    void aMissingOneSaysWhyAndHasNoDevices() {
        try (FaultyBackend missing = new FaultyBackend(ID, new Fault.Missing("no driver", "install one"))) {
            assertEquals(List.of(), missing.devices());
            Availability.Missing why = assertInstanceOf(Availability.Missing.class, missing.availability());
            assertEquals("no driver", why.reason());
            assertEquals("install one", why.remedy());
        }
    }
}
