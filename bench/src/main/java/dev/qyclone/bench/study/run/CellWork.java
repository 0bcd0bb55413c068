package dev.qyclone.bench.study.run;

import dev.qyclone.bench.Limits;
import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.bench.tokens.CellRun;
import dev.qyclone.bench.tokens.PromptFlow;
import dev.qyclone.bench.tokens.TokenTest;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import dev.qyclone.engine.model.LayerWeights;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.ops.VectorOps;
import dev.qyclone.engine.ops.WorkerPool;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceRates;
import dev.qyclone.engine.stage.OpeningTimes;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.profiles.DeviceTotal;
import dev.qyclone.profiles.Plan;
import java.lang.foreign.Arena;
import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Measures one cell in this JVM. */
final class CellWork implements CellWorker {
    private static final int LARGEST_BATCH = 512;
    private static final String HOST = "cpu";
    /** Where no time is given for layers, those of devices that take longer to open are left out. */
    private static final long QUICK_TO_OPEN = 1_000_000_000;

    private final CellSpec spec;
    private final StudySettings settings;
    private final Function<BackendOptions, Backends> source;
    private final long startNanos;
    private final long compiledBefore; // by the JVM, before this cell
    private final ProcessMemory processMemory = new ProcessMemory();
    private Backends backends;
    private Model model;
    private Plan plan;
    private long loadNanos;
    private long planNanos;
    private long openNanos;
    private Engine engine;
    private Session session;
    private CellRun prefill;
    private CellRun decode;

    /** @param source opens the backends of a cell */
    CellWork(CellSpec spec, Function<BackendOptions, Backends> source) {
        this.spec = spec;
        this.settings = spec.settings();
        this.source = source;
        this.compiledBefore = spec.startMillis() == 0 ? compileNanos() : 0;
        this.startNanos = spec.startMillis() == 0 ? 0 : Math.max(0, (System.currentTimeMillis() - spec.startMillis()) * 1_000_000);
    }

    @Override
    public Prepared prepare() {
        long start = System.nanoTime();
        model = load();
        long loaded = System.nanoTime();
        Path cache = spec.cacheFolder() == null ? null : Path.of(spec.cacheFolder());
        backends = source.apply(new BackendOptions(settings.threads(), false, cache).withTimedOpening());
        List<Device> devices = spec.target().devices().stream().map(backends::device).toList();
        plan = CellPlacement.plan(model, spec.target(), devices, settings.positions(), batch());
        loadNanos = loaded - start;
        planNanos = System.nanoTime() - loaded;
        List<Memory.Planned> planned = plan.totals().stream().map(CellWork::planned).toList();
        return new Prepared(mostOf(model), vectorBits(), plan.placement().devices().stream().map(CellDevice::of).toList(),
                CellPlacement.words(plan.placement()), planned, new WorkCount(model, settings).shares(plan.placement()));
    }

    private Model load() {
        Model stored = ModelLoader.load(Path.of(spec.model()));
        if (spec.converted() == null) {
            return stored;
        }
        TensorType type = TensorType.valueOf(spec.target().type().toUpperCase(Locale.ROOT));
        return ConvertedWeights.over(stored, type, Path.of(spec.converted()));
    }

    private int batch() {
        int longest = settings.parityPrompts().stream().mapToInt(Integer::intValue).max().orElse(1);
        return Math.min(LARGEST_BATCH, Math.max(longest, settings.prefillIds()));
    }

    private static Memory.Planned planned(DeviceTotal total) {
        return new Memory.Planned(total.device().id(), total.mapped(), total.copied(), total.kv(), total.scratch());
    }

    /** The type of most of the weights that layers and output multiply with. */
    static String mostOf(Model model) {
        Stream<Tensor> all = Stream.concat(Stream.of(model.output()), model.layers().stream().flatMap(LayerWeights::tensors));
        Map<TensorType, Long> elements = all.collect(Collectors.groupingBy(Tensor::type, Collectors.summingLong(Tensor::elements)));
        return elements.entrySet().stream().max(Map.Entry.comparingByValue()).orElseThrow().getKey().name();
    }

    /** VectorOps is named in a branch of its own: its class needs the vector module. */
    private static int vectorBits() {
        return ModuleLayer.boot().findModule("jdk.incubator.vector").isPresent() ? VectorOps.vectorBits() : 0;
    }

    @Override
    public void openForLogits() {
        openEngine();
        session = engine.newSession(new SessionOptions(settings.positions(), batch()));
    }

    private void openEngine() {
        Model owned = model;
        Backends own = backends;
        model = null; // the engine closes both, whatever comes
        backends = null;
        engine = Engine.open(owned, own, plan.placement());
        model = owned;
        backends = own;
    }

    @Override
    public FirstToken open() {
        long start = System.nanoTime();
        openEngine();
        OpeningMarks marks = new OpeningMarks(backends, engine.placement());
        OpeningTimes inOpen = marks.next();
        long opened = System.nanoTime();
        session = engine.newSession(new SessionOptions(settings.positions(), batch()));
        int vocab = model.config().vocab();
        int[] ids = CellRun.randomIds(settings.prefillIds(), vocab);
        int first = LogitRows.best(session.append(ids, Session.Progress.NONE));
        long prefilled = System.nanoTime();
        OpeningTimes inPrefill = marks.next();
        long compiled = compileNanos() - compiledBefore;
        long beforeSecond = System.nanoTime();
        session.append(new int[] {first}, Session.Progress.NONE);
        long second = System.nanoTime() - beforeSecond;
        OpeningTimes inSecond = marks.next();
        prefill = new CellRun(new TokenTest(settings.prefillIds(), 0, 0), batch(), PromptFlow.PIPELINED, vocab, List.of(session));
        decode = new CellRun(new TokenTest(0, settings.decodeIds(), 0), batch(), PromptFlow.PIPELINED, vocab, List.of(session));
        openNanos = opened - start;
        long prefillNanos = prefilled - opened;
        return new FirstToken(startNanos, loadNanos, planNanos, openNanos, OpeningMarks.compiled(inOpen),
                OpeningMarks.uploaded(inOpen), prefillNanos, OpeningMarks.compiled(inPrefill), ids.length, second,
                OpeningMarks.compiled(inSecond), compiled,
                startNanos + loadNanos + planNanos + openNanos + prefillNanos);
    }

    private static long compileNanos() {
        var compiler = ManagementFactory.getCompilationMXBean();
        return compiler == null || !compiler.isCompilationTimeMonitoringSupported() ? 0 : compiler.getTotalCompilationTime() * 1_000_000;
    }

    static boolean isHost(String id) {
        return id.equals(HOST) || id.startsWith(HOST + ":");
    }

    /** What a device's limits go by: all devices of the host have the same. */
    static String limitsOf(String device) {
        return isHost(device) ? HOST : device;
    }

    @Override
    public void writeReference(Path file) {
        LogitRows.greedy(session, settings.parityPrompts(), settings.paritySteps(), model.config().vocab()).write(file);
    }

    @Override
    public Parity compare(Path reference) {
        return LogitRows.read(reference).compare(session, settings.parityPrompts(), model.config().vocab());
    }

    @Override
    public DeviceLimits limits(String id) {
        Device device = backends.device(id);
        if (isHost(id)) {
            return vectorBits() == 0 ? null : processMemory.leavingOut(this::hostLimits);
        }
        Optional<DeviceRates> rates = processMemory.leavingOut(() -> backends.of(device).rates(device));
        return rates.map(found -> new DeviceLimits(device.id(), 0, found.readBytesPerSecond() / 1e9, found.flops() / 1e9, found.method()))
                .orElse(null);
    }

    private DeviceLimits hostLimits() {
        try (WorkerPool pool = new WorkerPool(settings.threads()); Arena arena = Arena.ofShared()) {
            Limits limits = Limits.warm(pool, arena);
            return new DeviceLimits(HOST, vectorBits(), limits.gigabytesPerSecond(), limits.gigaflopsPerSecond(),
                    "Vector API: four streams per thread over 256 MiB; twelve registers of multiply-adds; best of eight passes");
        }
    }

    @Override
    public void warmUp() {
        long limit = (long) (settings.warmUpSeconds() * 1e9);
        long spent = 0;
        do {
            spent += prefill() + decode();
        } while (spent < limit);
    }

    @Override
    public long prefill() {
        prefill.prepare();
        return prefill.time();
    }

    @Override
    public long decode() {
        decode.prepare();
        return decode.time();
    }

    @Override
    public List<LayerTime> layers() {
        if (settings.layerSeconds() == 0 && openNanos > QUICK_TO_OPEN) {
            return List.of();
        }
        return new LayerTimer(model, backends, engine.placement(), settings).times();
    }

    @Override
    public Memory memory() {
        session.truncate(0);
        session.append(CellRun.randomIds(settings.prefillIds(), model.config().vocab()), Session.Progress.NONE);
        Runtime runtime = Runtime.getRuntime();
        return new Memory(spec.startMillis() == 0 ? null : processMemory.peakResidentBytes(), runtime.totalMemory() - runtime.freeMemory(),
                session.cacheBytes(), plan.totals().stream().map(CellWork::planned).toList());
    }

    @Override
    public void close() {
        if (session != null) {
            session.close();
        }
        if (engine != null) {
            engine.close();
            return;
        }
        if (backends != null) {
            backends.close();
        }
        if (model != null) {
            model.close();
        }
    }
}
