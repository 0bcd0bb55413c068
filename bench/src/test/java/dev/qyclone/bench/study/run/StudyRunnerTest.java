package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.Cell;
import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.Roofline;
import dev.qyclone.bench.study.Status;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.bench.study.StudySchema;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The leader of a study. */
class StudyRunnerTest extends StudyRig {
    @Test
    void everyCellIsMeasuredAndComparedAndTheOrderTurns() {
        Study study = run(null, CPU, SCALAR, FAULTY, target("stored", "cpu", "gpu:0"));
        assertTrue(study.complete());
        assertFalse(study.hasFaults());
        assertEquals(List.of(), StudySchema.errors(StudyFile.text(study)));
        for (Cell cell : study.cells()) {
            assertEquals(Status.MEASURED, cell.status(), cell.reason());
            assertEquals(3, cell.prefill().samplesNanos().size());
            assertEquals("tg3", cell.decode().test());
            assertEquals(2 * (1 + 2), cell.parity().rows());
            assertTrue(cell.parity().sound());
            assertNull(cell.parityToStored());
            assertEquals(TinyModel.LAYERS + 1, cell.layers().size());
            assertTrue(cell.layers().stream().allMatch(LayerTime::measured));
            assertTrue(cell.memory().cacheBytes() > 0);
        }
        assertEquals(0, study.cells().get(1).parity().relativeL2(), "the reference against itself");
        assertEquals("0-0 cpu, 1-1 gpu:0; output gpu:0", study.cells().get(3).placement());
        // The reference opens first; each round begins one cell further on.
        List<String> order = List.of("cpu:scalar", "cpu", "gpu:0", "cpu");
        List<String> rounds = calls.subList(calls.size() - 12, calls.size());
        assertEquals(order, rounds.subList(0, 4));
        assertEquals(List.of("cpu", "gpu:0", "cpu", "cpu:scalar"), rounds.subList(4, 8));
        assertEquals(List.of("gpu:0", "cpu", "cpu:scalar", "cpu"), rounds.subList(8, 12));
    }

    @Test
    void compilationAndUploadAreOfTheBackendsThatCanTell() {
        List<BackendOptions> asked = new ArrayList<>();
        CellTarget split = target("stored", "cpu", "gpu:0");
        Study study = StudyRunner.with(request(CPU, FAULTY, split), spec -> new Recorded(spec, new CellWork(spec, options -> {
            asked.add(options);
            return backends(null, options);
        })), line -> { }, kept -> { }).run();
        assertTrue(asked.stream().allMatch(BackendOptions::timeOpening));
        FirstToken host = study.cells().getFirst().firstToken();
        assertNull(host.compileNanos());
        assertNull(host.uploadNanos());
        assertNull(host.secondCompileNanos());
        for (Cell cell : study.cells().subList(1, 3)) { // a stage with layers and the output
            FirstToken first = cell.firstToken();
            assertEquals(2000, first.compileNanos());
            assertEquals(20, first.uploadNanos());
            assertEquals(0, first.prefillCompileNanos());
            assertEquals(0, first.secondCompileNanos());
        }
    }

    @Test
    void percentagesAreOfTheLimitsOfTheCellsOwnDevices() {
        Study study = run(null, CPU, SCALAR, FAULTY);
        Cell cpu = study.cells().getFirst();
        double read = 100 * cpu.roofline().decodeBytesPerToken() * cpu.decode().meanPerSecond() / 1000e9;
        assertEquals(read, cpu.roofline().percentOfRead(), read * 1e-9);
        assertNotNull(study.cells().get(1).roofline().percentOfFlops(), "the reference runs on the same processor");
        Cell other = study.cells().get(2);
        read = 100 * other.roofline().decodeBytesPerToken() * other.decode().meanPerSecond() / 50e9;
        assertEquals(read, other.roofline().percentOfRead(), read * 1e-9);
        long vocabulary = (long) TinyModel.VOCAB * 64;
        assertTrue(cpu.roofline().decodeFlopsPerToken() > 2 * vocabulary);
    }

    @Test
    void limitsAreMeasuredOncePerDeviceAndWidthAndInOneRoundOfTheWidestOnly() {
        CellTarget narrow = new CellTarget("stored", List.of("cpu"), 128, "auto");
        CellTarget again = new CellTarget("stored", List.of("gpu:0"), 0, "context");
        CellTarget split = target("stored", "cpu", "gpu:0");
        run(null, narrow, CPU, SCALAR, FAULTY, again, split);
        assertEquals(List.of("cpu:scalar in cpu:scalar", "cpu in cpu, 128-bit vectors", "gpu:0 in gpu:0"), limitsAsked);
        limitsAsked.clear();
        StudySettings oneRound = new StudySettings(9, 3, 1, 0, 100, 0, List.of(1, 5), 2, 2);
        Study study = runner(request(oneRound, narrow, CPU, FAULTY, again, split), null, kept -> { }).run();
        assertEquals(List.of("cpu in cpu", "gpu:0 in gpu:0"), limitsAsked);
        assertEquals(List.of(512, 0), study.runs().getFirst().limits().stream().map(DeviceLimits::vectorBits).toList());
        assertTrue(study.cells().stream().allMatch(cell -> cell.roofline().percentOfRead() != null), "all are held to them");
    }

    @Test
    void aSplitAloneIsHeldToTheLimitsOfItsDevicesToo() {
        Study study = run(null, target("stored", "cpu", "gpu:0"));
        assertEquals(List.of("cpu in cpu + gpu:0", "gpu:0 in cpu + gpu:0"), limitsAsked);
        Roofline roofline = study.cells().getFirst().roofline();
        assertTrue(roofline.percentOfRead() > 0 && roofline.percentOfFlops() > 0, roofline.toString());
    }

    @Test
    void aDeviceThatFailsOrIsWrongIsARowWithTheReason() {
        Study lost = run(new Fault.FailureInLayer(1, ErrorCode.DEVICE_FAILED), CPU, FAULTY);
        assertEquals(Status.MEASURED, lost.cells().getFirst().status());
        assertEquals(Status.FAILED, lost.cells().get(1).status());
        assertTrue(lost.cells().get(1).reason().contains("gpu:0"), lost.cells().get(1).reason());
        assertTrue(lost.hasFaults());

        Cell wrong = run(new Fault.WrongLayer(1), FAULTY).cells().getFirst();
        assertEquals(Status.WRONG, wrong.status());
        assertTrue(wrong.reason().contains("from those of the plain reference"), wrong.reason());
        assertFalse(wrong.parity().sound());

        Cell full = run(new Fault.LittleMemory(1000), FAULTY).cells().getFirst();
        assertEquals(Status.FAILED, full.status());
        assertTrue(full.reason().contains("gpu:0"), full.reason());
        assertNull(full.decode());

        Cell refused = run(new Fault.WrongKernel(Fault.Kernel.PRODUCT), FAULTY).cells().getFirst();
        assertEquals(Status.FAILED, refused.status());
        assertTrue(refused.reason().contains("computes"), refused.reason());
    }

    @Test
    void aCellThatBreaksDownInARoundKeepsItsSamplesAndIsNotStartedAgain() {
        timing = target -> {
            if (target.equals(FAULTY) && calls.stream().filter("gpu:0"::equals).count() == 2) { // in the second round
                throw new EngineException(ErrorCode.DEVICE_FAILED, "gpu:0 is lost");
            }
        };
        Study study = run(null, SCALAR, FAULTY);
        assertEquals(List.of(SCALAR, FAULTY), started);
        assertEquals(3, study.cells().getFirst().decode().samplesNanos().size());
        assertEquals(Status.FAILED, study.cells().get(1).status());
        assertEquals("gpu:0 is lost", study.cells().get(1).reason());
        assertEquals(1, study.cells().get(1).decode().samplesNanos().size());
    }

    @Test
    void roundsEndWhenNoCellHasAnyLeft() {
        StudySettings many = new StudySettings(9, 3, Integer.MAX_VALUE, 0, 1e-9, 0, List.of(1, 5), 2, 2);
        Study study = runner(request(many, SCALAR), null, kept -> { }).run();
        assertEquals(Status.MEASURED, study.cells().getFirst().status());
        assertEquals(1, study.cells().getFirst().decode().samplesNanos().size());
    }

    /** Embedding, layers, output and a session's cache are open when the first stage of a single part is. */
    @Test
    void aDeviceThatTheModelFillsIsMeasuredButForItsLayersOneByOne() {
        Study study = run(new Fault.FullBeside(3), CPU, FAULTY);
        Cell full = study.cells().get(1);
        assertEquals(Status.MEASURED, full.status(), full.reason());
        assertEquals(3, full.decode().samplesNanos().size());
        assertEquals(List.of(), full.layers());
        assertTrue(full.note().startsWith("layers were not timed one by one: gpu:0 has no room"), full.note());
        assertTrue(full.memory().cacheBytes() > 0);
        assertFalse(study.hasFaults());
        assertEquals("", study.cells().getFirst().note());
        assertEquals(List.of(), StudySchema.errors(StudyFile.text(study)));
    }

    /** A prompt of the prefill test's size can take the plain ops an hour. */
    @Test
    void theReferenceComputesNothingButLogitsWhereItIsNoCell() {
        Study study = run(null, CPU, FAULTY);
        assertFalse(study.hasFaults());
        assertEquals(List.of("cpu", "gpu:0"), firstTokens);
    }

    @Test
    void aReferenceThatFailsIsTriedOnceForEachType() {
        Study study = StudyRunner.with(request(CPU, FAULTY, target("q8_0", "cpu"), target("q8_0", "gpu:0")), spec -> {
            started.add(spec.target());
            boolean reference = spec.target().equals(target(spec.target().type(), "cpu:scalar"));
            return new Recorded(spec, new CellWork(spec, options ->
                    reference ? new Backends(List.of(new FaultyBackend("gpu:0"))) : backends(null, options)));
        }, line -> { }, kept -> { }).run();
        for (Cell cell : study.cells()) {
            assertEquals(Status.FAILED, cell.status());
            assertTrue(cell.reason().startsWith("there is nothing to compare with, as the reference failed: device cpu:scalar"),
                    cell.reason());
        }
        assertEquals(List.of(CPU, SCALAR, FAULTY, target("q8_0", "cpu"), target("q8_0", "cpu:scalar"), target("q8_0", "gpu:0")), started);
    }

    /** What a first attempt compiled is there for the second, which does not make it warm. */
    @Test
    void aCellThatHadToWaitSaysWhatItsFirstAttemptFound() throws IOException {
        Path kernels = Files.createDirectory(scratch.resolve("kernels"));
        opening = target -> {
            if (target.equals(FAULTY) && firstTokens.equals(List.of("cpu", "gpu:0"))) {
                compile(kernels);
                throw new EngineException(ErrorCode.OUT_OF_MEMORY, "gpu:0 is full for now");
            }
        };
        StudyRequest all = request(CPU, FAULTY);
        StudyRequest known = new StudyRequest(all.label(), all.model(), all.settings(), all.environment(), all.targets(), all.known(), null,
                List.of(new DriverCache(List.of("nobody"), kernels)), scratch, scratch);
        Study study = runner(known, null, kept -> { }).run();
        assertEquals(List.of("cpu", "gpu:0", "gpu:0"), firstTokens);
        assertEquals(Status.MEASURED, study.cells().get(1).status(), study.cells().get(1).reason());
        assertEquals("cold", study.cells().get(1).caches().driver());
        assertEquals("none", study.cells().getFirst().caches().driver());
        firstTokens.clear();
        opening = target -> { };
        assertEquals("warm", runner(known, null, kept -> { }).run().cells().get(1).caches().driver());
    }

    private static void compile(Path kernels) {
        try {
            Files.createTempFile(kernels, "kernel", ".bin");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void otherTypesAreComparedWithTheFilesWeightsToo() {
        Study study = run(null, target("stored", "cpu"), target("q4_0", "cpu"), target("q4_k", "cpu"));
        Cell quantized = study.cells().get(1);
        assertEquals("Q4_0", quantized.storedAs());
        assertEquals(Status.MEASURED, quantized.status(), quantized.reason());
        assertTrue(quantized.parity().sound());
        assertTrue(quantized.parityToStored().relativeL2() > Parity.BOUND, "four bits are not the stored weights");
        Cell impossible = study.cells().get(2);
        assertEquals(Status.NOT_RUN, impossible.status());
        assertTrue(impossible.reason().contains("cannot be stored as Q4_K"), impossible.reason());
        assertFalse(study.hasFaults());
    }

    @Test
    void aTypeThatTheFileHasIsNoSecondRow() {
        Study study = run(null, CPU, target("f32", "cpu"));
        assertEquals(Status.MEASURED, study.cells().getFirst().status());
        assertEquals(Status.NOT_RUN, study.cells().get(1).status());
        assertEquals("the weights of the file are F32 already, and measured as they are stored", study.cells().get(1).reason());
        assertEquals(List.of("cpu"), firstTokens);
        firstTokens.clear();
        assertEquals(Status.MEASURED, run(null, target("f32", "cpu")).cells().getFirst().status(), "alone it is no other row's twin");
    }

    @Test
    void widthsThatJavaDoesNotOfferAreRowsThatDidNotRun() {
        Cell cell = run(null, new CellTarget("stored", List.of("cpu"), 2048, "auto")).cells().getFirst();
        assertEquals(Status.NOT_RUN, cell.status());
        assertTrue(cell.reason().contains("not 2048-bit ones"), cell.reason());
    }

    @Test
    void whatWasMeasuredBeforeTheEndIsKept() {
        StudyRunner[] runner = new StudyRunner[1];
        Study[] ended = new Study[1];
        runner[0] = runner(null, study -> {
            if (ended[0] == null && study.cells().getFirst().prefill() != null) {
                ended[0] = runner[0].stop();
            }
        }, CPU, SCALAR);
        Study last = runner[0].run();
        for (Study study : List.of(ended[0], last)) {
            assertFalse(study.complete());
            assertEquals(Status.INCOMPLETE, study.cells().getFirst().status());
            assertEquals(1, study.cells().getFirst().prefill().samplesNanos().size());
            assertEquals(List.of(), StudySchema.errors(StudyFile.text(study)));
        }
    }
}
