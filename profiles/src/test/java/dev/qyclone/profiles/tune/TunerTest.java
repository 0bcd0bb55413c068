package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceFacts;
import dev.qyclone.engine.stage.DeviceKind;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import dev.qyclone.profiles.WeightRole;
import dev.qyclone.profiles.tune.FakeBackend.Manner;
import dev.qyclone.profiles.yaml.ProfileReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Measuring and tuning on devices whose times are known to the nanosecond, by their own clock. */
class TunerTest {
    private static final long GIB = 1L << 30;
    /** Sums of nanoseconds as doubles. */
    private static final double ROUNDING = 1e-12;
    private static final Workload WORKLOAD = new Workload(48, 32);
    private static final Effort EFFORT = new Effort(2, 0, 3, 8, 60, 1);
    private static final StageOptions OPTIONS = StageOptions.DEFAULT.withContext(128);

    @TempDir
    private Path folder;
    private Model model;
    private final List<String> notes = new ArrayList<>();

    @BeforeEach
    void open() {
        model = ModelLoader.load(TinyModel.write(folder, TensorType.Q8_0));
    }

    @AfterEach
    void close() {
        model.close();
    }

    @Test
    void theTimesThatDevicesTakeAreFound() {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, GIB, Manner.of(700, 100));
        DeviceTimes times = tune(backend, Goal.DECODE).costs().devices().getFirst();
        assertEquals(700e-9, times.decode().call().median(), ROUNDING);
        assertEquals(100e-9, times.decode().layers().getFirst().median(), ROUNDING);
        assertEquals(10e-9, times.decode().embedding().median(), ROUNDING);
        assertEquals(500e-9, times.output().median(), ROUNDING);
        assertEquals(2 * 700e-9, times.prefill().call().median(), ROUNDING, "two calls for 48 rows");
        assertEquals(48 * 100e-9, times.prefill().layers().getFirst().median(), ROUNDING);
        assertEquals(48, times.rows());
        assertEquals(0, backend.open, "stages left open");
    }

    @Test
    void aSlowDeviceIsMeasuredWithFewerRowsAndScaled() {
        FakeBackend backend = new FakeBackend().with("slow", DeviceKind.GPU, GIB, Manner.of(0, 50_000_000));
        DeviceTimes times = tune(backend, Goal.DECODE).costs().devices().getFirst();
        assertEquals(20, times.rows(), "a layer of 50 ms a row in one second");
        assertEquals(48 * 0.05, times.prefill().layers().getFirst().median(), ROUNDING);
    }

    @Test
    void whatIsPredictedIsWhatARunTakes() {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, small(3, 2), Manner.of(700, 100))
                .with("b", DeviceKind.CPU, GIB, Manner.of(50, 1000));
        for (Goal goal : List.of(Goal.DECODE, Goal.parse("prefill"), Goal.parse("ttft:2,decode"))) {
            Tuned tuned = tune(backend, goal);
            Speeds measured = run(backend, tuned);
            assertEquals("b", tuned.placement().output().id());
            assertEquals(measured.decode(), tuned.best().speeds().decode(), 1e-9 * measured.decode(), goal.words());
            assertEquals(measured.prefill(), tuned.best().speeds().prefill(), 1e-9 * measured.prefill(), goal.words());
            assertEquals(measured.ttft(), tuned.best().speeds().ttft(), ROUNDING, goal.words());
            assertEquals(0, backend.open, "stages left open");
        }
    }

    @Test
    void aRunIsComparedWithThePredictionAtItsOwnPace() {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, small(3, 2), Manner.of(700, 100))
                .with("b", DeviceKind.CPU, GIB, Manner.of(50, 1000));
        Tuned tuned = tune(backend, Goal.DECODE);
        assertFalse(tuned.outpaced(ran(backend, tuned)));
        backend.slowness = 3;
        PlacementRun.Ran ran = ran(backend, tuned);
        Speeds before = tuned.best().speeds();
        assertFalse(tuned.outpaced(ran), "slower now: what was chosen then was chosen well");
        Tuned whenSlow = new Tuner(model, new Backends(List.of(backend)), cache(), Gauges.even(backend::clock), notes::add)
                .tune(backend.devices(), Goal.DECODE, WORKLOAD, OPTIONS, 0, EFFORT, true);
        backend.slowness = 1;
        assertTrue(whenSlow.outpaced(ran(backend, whenSlow)));
        assertEquals(before.decode() / 3, ran.measured().decode(), 1e-9 * before.decode());
        assertEquals(ran.measured().decode(), ran.predicted().decode(), 1e-3 * before.decode(), "but for the embedding and the copy");
        assertEquals(ran.measured().prefill(), ran.predicted().prefill(), 1e-3 * before.prefill());
        assertEquals(1, ran.ratio().ttft(), 1e-2);
        assertEquals(0, backend.open, "stages left open");
    }

    @Test
    void aDeviceWithoutRoomBesideTheRunCountsAsItWas() {
        FakeBackend backend = new FakeBackend().with("one", DeviceKind.GPU, small(1, 1), Manner.of(0, 1))
                .with("host", DeviceKind.CPU, GIB, Manner.of(0, 500));
        Tuned tuned = tune(backend, Goal.DECODE);
        backend.opened.clear();
        PlacementRun.Ran ran = ran(backend, tuned);
        assertEquals(List.of("one 0+1"), backend.opened.stream().filter(stage -> stage.startsWith("one")).toList(), "the run's own");
        assertTold("one has no room for a layer beside the run");
        assertEquals(1, ran.ratio().decode(), 1e-9);
    }

    @Test
    void whatAChangeOfDeviceCostsIsFoundToo() {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, small(1, 1), Manner.of(700, 100))
                .with("b", DeviceKind.CPU, GIB, Manner.of(50, 1000));
        backend.change = 20;
        Tuned tuned = tune(backend, Goal.DECODE);
        assertEquals(20e-9, tuned.costs().pairs().getFirst().perCall(), ROUNDING);
        assertEquals(2, tuned.placement().runs().size(), "one layer fits");
        Speeds measured = run(backend, tuned);
        assertEquals(measured.decode(), tuned.best().speeds().decode(), 1e-9 * measured.decode());
    }

    /** Memory for so many of the model's layers in so many stages, and for nothing else beside them. */
    private long small(int layers, int stages) {
        ModelNeeds needs = ModelNeeds.of(model);
        Device gpu = new Device("gpu", DeviceKind.GPU, "nobody", "a gpu", GIB, DeviceFacts.NONE, "note");
        return layers * (needs.copied(0, gpu) + needs.kv(0, gpu, OPTIONS)) + stages * needs.scratch(gpu, OPTIONS);
    }

    @Test
    void theFasterDeviceIsChosenAndTheOthersAreTold() {
        Tuned tuned = tune(new FakeBackend().with("slow", DeviceKind.CPU, GIB, Manner.of(0, 1000))
                .with("fast", DeviceKind.GPU, GIB, Manner.of(0, 10)), Goal.DECODE);
        assertEquals(1, tuned.placement().runs().size());
        assertEquals("fast", tuned.placement().runs().getFirst().device().id());
        assertEquals(2, tuned.alone().size());
        assertTrue(tuned.alone().values().stream().allMatch(speeds -> speeds.decode() <= tuned.best().speeds().decode() * (1 + ROUNDING)));
    }

    @Test
    void devicesThatFailOrAreWrongOrTooSmallAreLeftOutWithTheReason() {
        FakeBackend backend = new FakeBackend().with("wrong", DeviceKind.GPU, GIB, Manner.of(0, 1).failingTheCheck())
                .with("breaks", DeviceKind.GPU, GIB, Manner.of(0, 1).failingFromLayer(1))
                .with("small", DeviceKind.GPU, 1000, Manner.of(0, 1)).with("sound", DeviceKind.CPU, GIB, Manner.of(0, 500));
        backend.with("broken", DeviceKind.GPU, GIB, Manner.of(0, 1).breakingTheCheck());
        Tuned tuned = tune(backend, Goal.DECODE);
        assertEquals(List.of("sound"), tuned.devices().stream().map(Device::id).toList());
        assertTold("wrong is left out: its kernel logits");
        assertTold("breaks is left out: the output of layer 1 on breaks");
        assertTold("broken is left out: java.lang.UnsupportedOperationException: another maker's runtime");
        assertTold("small is left out: not even one layer fits");
        assertTrue(backend.opened.stream().noneMatch(stage -> stage.startsWith("small") || stage.startsWith("wrong")),
                backend.opened::toString);
        assertEquals(0, backend.open, "stages left open");
    }

    @Test
    void nothingIsOpenedThatDoesNotFit() {
        FakeBackend backend = new FakeBackend().with("one", DeviceKind.GPU, small(1, 1), Manner.of(0, 1))
                .with("host", DeviceKind.CPU, GIB, Manner.of(0, 500));
        Tuned tuned = tune(backend, Goal.DECODE);
        assertEquals(List.of("one 0+1"), backend.opened.stream().filter(stage -> stage.startsWith("one")).toList());
        assertEquals(2, tuned.placement().runs().size());
        assertEquals("host", tuned.placement().output().id());
        assertEquals(List.of("host"), tuned.alone().keySet().stream().map(Device::id).toList());
    }

    @Test
    void aModelThatFitsNowhereIsRefused() {
        FakeBackend backend = new FakeBackend().with("one", DeviceKind.GPU, small(1, 1), Manner.of(0, 1));
        assertEquals(ErrorCode.OUT_OF_MEMORY, assertThrows(EngineException.class, () -> tune(backend, Goal.DECODE)).code());
        assertTrue(notes.isEmpty() && backend.opened.isEmpty(), "found out before anything is checked or measured");
        FakeBackend none = new FakeBackend().with("wrong", DeviceKind.GPU, GIB, Manner.of(0, 1).failingTheCheck());
        assertEquals(ErrorCode.DEVICE_UNAVAILABLE, assertThrows(EngineException.class, () -> tune(none, Goal.DECODE)).code());
    }

    @Test
    void stagesAreSplitWhereTheArraysOfADeviceHoldNoMore() {
        FakeBackend backend = new FakeBackend().with("gpu", DeviceKind.GPU, GIB, arraysOf(1), Manner.of(700, 100))
                .with("wide", DeviceKind.GPU, GIB, arraysOf(2), Manner.of(700, 200));
        Tuned tuned = tune(backend, Goal.DECODE);
        assertTrue(notes.stream().noneMatch(note -> note.contains("left out")), notes::toString);
        assertEquals(List.of("wide"), tuned.placement().runs().stream().map(run -> run.device().id()).toList(), "one call, not two");
        FakeBackend narrow = new FakeBackend().with("gpu", DeviceKind.GPU, GIB, arraysOf(1), Manner.of(700, 100));
        Tuned split = tune(narrow, Goal.DECODE);
        assertEquals(List.of("0+1", "1+1"), split.placement().runs().stream().map(run -> run.firstLayer() + "+" + run.count()).toList());
        Speeds measured = run(narrow, split);
        assertEquals(measured.decode(), split.best().speeds().decode(), 1e-9 * measured.decode());
        Profile profile = TunedProfile.of(split, OPTIONS, 0);
        assertEquals(List.of(new LayerRange.Layers(0, 1)), profile.rules().stream().map(LayerRule::layers).toList(), "plans split it");
    }

    @Test
    void whatNoArrayHoldsStaysWhereItNeedsNone() {
        FakeBackend backend = new FakeBackend().with("gpu", DeviceKind.GPU, GIB, new DeviceFacts(0, 0, 1000, 1, HalfFloats.NO, ""),
                Manner.of(0, 1)).with("cpu", DeviceKind.CPU, GIB, Manner.of(0, 500));
        Tuned tuned = tune(backend, Goal.DECODE);
        assertEquals(List.of("cpu"), tuned.placement().devices().stream().map(Device::id).toList());
        assertTold("gpu is left out: not even one layer fits into its memory and its arrays");
    }

    /** Of a device whose arrays hold what so many layers need, and which unpacks no matrix for prompts. */
    private DeviceFacts arraysOf(int layers) {
        ModelNeeds needs = ModelNeeds.of(model);
        long weights = needs.layers().getFirst().roles().stream().mapToLong(WeightRole::copied).max().orElseThrow();
        long values = (long) OPTIONS.context() * needs.valueWidth() * OPTIONS.kvType().bytes();
        return new DeviceFacts(0, 0, layers * Math.max(weights, values), 1, HalfFloats.NO, "")
                .withPackedPrompts(List.of(KernelFamily.AUTO));
    }

    @Test
    void weightsThatTheHostsMemoryDoesNotHoldAreReadAgainAndAgain() {
        Path file = folder.resolve("large.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny-moe").orElseThrow(), TensorType.F32, 1, file, (done, total) -> { });
        FakeBackend backend = new FakeBackend().with("cpu", DeviceKind.CPU, 8 << 20, Manner.of(0, 500));
        StageOptions options = OPTIONS.withBatch(WORKLOAD.batch());
        try (Model large = ModelLoader.load(file)) {
            assertTrue(ModelNeeds.of(large).mappedBytes() > 8 << 20);
            Tuned tuned = new Tuner(large, new Backends(List.of(backend)), cache(), Gauges.even(backend::clock), notes::add)
                    .tune(backend.devices(), Goal.DECODE, WORKLOAD, options, 0, EFFORT, false);
            assertEquals(List.of("cpu"), tuned.placement().devices().stream().map(Device::id).toList());
        }
        assertTold("they will be read from disk again and again");
    }

    @Test
    void whatWasMeasuredIsFoundAgainUntilSomethingChanges() throws IOException {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, GIB, Manner.of(5, 10));
        Tuned first = tune(backend, Goal.parse("prefill"));
        backend.opened.clear();
        Tuned again = tune(backend, Goal.DECODE);
        assertEquals(List.of(), backend.opened);
        assertEquals(first.costs(), again.costs());
        assertTold("--fresh measures anew");
        assertEquals(Goal.DECODE, found(backend.devices()).goal(), "of the last tuning");
        FakeBackend other = new FakeBackend().with("a", DeviceKind.GPU, GIB, Manner.of(5, 10))
                .with("b", DeviceKind.GPU, GIB, Manner.of(5, 1));
        assertTrue(Tuner.find(model, other.devices(), cache(), OPTIONS, 0).isEmpty(), "b was not there");
        new Tuner(model, new Backends(List.of(other)), cache(), Gauges.even(other::clock), notes::add)
                .tune(other.devices().subList(0, 1), Goal.DECODE, WORKLOAD, OPTIONS, 0, EFFORT, false);
        assertEquals(List.of("a"), found(other.devices()).devices().stream().map(Device::id).toList(), "b was there and not wanted");
        Device driver = backend.devices().getFirst();
        Device newer = new Device(driver.id(), driver.kind(), driver.vendor(), driver.name(), GIB, driver.facts(), "another driver");
        assertTrue(Tuner.find(model, List.of(newer), cache(), OPTIONS, 0).isEmpty());
        assertTrue(Tuner.find(model.withContext(100), backend.devices(), cache(), OPTIONS, 0).isEmpty(), "another model");
        Files.writeString(onlyFile(), "{\"version\":5,\"records\":[{\"measured\":\"x\"}]}");
        notes.clear();
        assertTrue(Tuner.find(model, backend.devices(), cache(), OPTIONS, 0).isEmpty());
        assertTold("are ignored: ");
        assertEquals(1, tune(backend, Goal.DECODE).devices().size());
        assertTrue(found(backend.devices()).best().speeds().decode() > 0, "the damaged file was replaced");
    }

    @Test
    void theOthersNeedNotBeAskedWhereTheBestPlacementIsOnThese() {
        FakeBackend hostBest = new FakeBackend().with("cpu", DeviceKind.CPU, GIB, Manner.of(0, 10))
                .with("gpu", DeviceKind.GPU, GIB, Manner.of(0, 1000));
        tune(hostBest, Goal.DECODE);
        List<Device> host = hostBest.devices().subList(0, 1);
        assertEquals("cpu", Tuner.findWithin(model, host, cache(), OPTIONS, 0).orElseThrow().placement().output().id());
        FakeBackend gpuBest = new FakeBackend().with("cpu", DeviceKind.CPU, GIB, Manner.of(0, 1000))
                .with("gpu2", DeviceKind.GPU, GIB, Manner.of(0, 10));
        tune(gpuBest, Goal.DECODE);
        assertTrue(Tuner.findWithin(model, host, cache(), OPTIONS, 0).isEmpty(), "the GPU was best the last time");
    }

    @Test
    void everyDamageOfTheFileIsSurvived() throws IOException {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, GIB, Manner.of(5, 10));
        tune(backend, Goal.DECODE);
        String sound = Files.readString(onlyFile());
        for (String damaged : List.of("", "{", "[]", "null", "{\"version\":2,\"records\":[]}", sound.substring(0, sound.length() / 2),
                sound.replace("\"decode\"}", "\"dance\"}"), sound.replace("\"goal\":\"decode\"", "\"goal\":\"dance\""),
                sound.replaceFirst("\"median\":[^,]*", "\"median\":-1"), sound.replaceFirst("\"layers\":\\[[^]]*]", "\"layers\":[]"),
                sound.replaceFirst("\"layers\":\\[[^]]*]", "\"layers\":[null]"))) {
            Files.writeString(onlyFile(), damaged);
            notes.clear();
            assertTrue(damaged.equals(sound) || Tuner.find(model, backend.devices(), cache(), OPTIONS, 0).isEmpty(), damaged);
            assertTrue(damaged.equals(sound) || notes.size() == 1, () -> damaged + ": " + notes);
        }
    }

    @Test
    void aDeviceThatCannotHoldTheOutputIsKeptWithoutIt() throws IOException {
        FakeBackend backend = new FakeBackend().with("a", DeviceKind.GPU, small(1, 1), Manner.of(5, 10))
                .with("host", DeviceKind.CPU, GIB, Manner.of(0, 500));
        Tuned tuned = tune(backend, Goal.DECODE);
        assertEquals(tuned.costs(), found(backend.devices()).costs(), "written and read again");
    }

    @Test
    void theProfileThatIsWrittenSaysThePlacement() {
        FakeBackend backend = new FakeBackend().with("a:0:0", DeviceKind.GPU, small(3, 2), Manner.of(700, 100))
                .with("b", DeviceKind.CPU, GIB, Manner.of(50, 1000));
        Tuned tuned = tune(backend, Goal.DECODE);
        Profile profile = TunedProfile.of(tuned, OPTIONS, 1 << 20);
        String text = TunedProfile.yaml(tuned, profile, "tiny.gguf");
        Profile read = ProfileReader.parse("tuned.yaml", text);
        assertEquals(List.of(new Target.One("a:0:0")), read.rules().stream().map(LayerRule::target).toList());
        assertEquals(new LayerRange.Layers(0, 1), read.rules().getFirst().layers());
        assertEquals("a:0:0", read.embedding().device(), "it is looked up on the host, and takes no room");
        assertEquals("b", read.output().device());
        assertEquals(List.of("b"), read.fallback(), "the model fits on it alone");
        assertEquals(128, read.context());
        assertEquals(1 << 20, read.reserve());
        for (String figure : List.of("# Tuned for decode on ", "layer 0.0001 ms", "call 0.0007 ms", "Predicted: decode ", "all on b: ")) {
            assertTrue(text.contains(figure), () -> figure + " is not in " + text);
        }
    }

    @Test
    void layersOfEachKindAreMeasured() {
        Path moe = folder.resolve("mixed.gguf");
        SyntheticModel.write(PublishedShape.ofName("tiny").orElseThrow(), TensorType.Q4_K, 1, moe, (done, total) -> { });
        try (Model mixed = ModelLoader.load(moe)) {
            Model windowed = mixed.withAttention(mixed.config().attention().withWindows(List.of(0, 16)));
            assertEquals(List.of(0, 1), LayerKinds.of(windowed).ofLayer());
            assertEquals(LayerKinds.describe(mixed, 0).equals(LayerKinds.describe(mixed, 1)) ? 1 : 2, LayerKinds.of(mixed).count());
        }
    }

    private Tuned found(List<Device> devices) {
        return Tuner.find(model, devices, cache(), OPTIONS, 0).orElseThrow();
    }

    private Path onlyFile() throws IOException {
        try (var files = Files.list(folder.resolve("cache"))) {
            return files.toList().getFirst();
        }
    }

    private TuningCache cache() {
        return new TuningCache(folder.resolve("cache"), notes::add);
    }

    private Tuned tune(FakeBackend backend, Goal goal) {
        return new Tuner(model, new Backends(List.of(backend)), cache(), Gauges.even(backend::clock), notes::add)
                .tune(backend.devices(), goal, WORKLOAD, OPTIONS, 0, EFFORT, false);
    }

    private Speeds run(FakeBackend backend, Tuned tuned) {
        return ran(backend, tuned).measured();
    }

    private PlacementRun.Ran ran(FakeBackend backend, Tuned tuned) {
        return PlacementRun.measure(model, new Backends(List.of(backend)), tuned, tuned.placement(), 0, EFFORT, backend::clock, notes::add);
    }

    private void assertTold(String part) {
        assertTrue(notes.stream().anyMatch(note -> note.contains(part)), () -> part + " is not in " + notes);
    }
}
