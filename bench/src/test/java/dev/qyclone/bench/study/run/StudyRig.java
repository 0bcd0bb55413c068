package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.Environment;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.cpu.CpuBackend;
import dev.qyclone.engine.faulty.Fault;
import dev.qyclone.engine.faulty.FaultyBackend;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;

/** A study with cells in this JVM, which notes what the leader asks of them. Nothing here depends on how long anything takes. */
abstract class StudyRig {
    static final StudySettings SETTINGS = new StudySettings(9, 3, 3, 0, 100, 100, List.of(1, 5), 2, 2);
    /** Of a JVM that is not told. */
    static final int VECTORS = 512;
    static final CellTarget SCALAR = target("stored", "cpu:scalar");
    static final CellTarget CPU = target("stored", "cpu");
    static final CellTarget FAULTY = target("stored", "gpu:0");

    @TempDir
    private static Path folder;
    private static Path model;

    @TempDir
    Path scratch;
    final List<String> calls = new ArrayList<>();
    final List<String> limitsAsked = new ArrayList<>();
    final List<String> firstTokens = Collections.synchronizedList(new ArrayList<>());
    final List<CellTarget> started = Collections.synchronizedList(new ArrayList<>());
    Consumer<CellTarget> opening = target -> { };
    Consumer<CellTarget> timing = target -> { };

    @BeforeAll
    static void writeModel() {
        model = TinyModel.write(folder, TensorType.F32);
    }

    static CellTarget target(String type, String... devices) {
        return new CellTarget(type, List.of(devices), 0, "auto");
    }

    StudyRequest request(CellTarget... targets) {
        return request(SETTINGS, targets);
    }

    StudyRequest request(StudySettings settings, CellTarget... targets) {
        Environment environment = new Environment("one", 2, 1L << 40, "os", "java", "", "commit", "", -1, List.of());
        return new StudyRequest("here", model, settings, environment, List.of(targets), List.of(), null, List.of(), scratch, scratch);
    }

    Study run(Fault fault, CellTarget... targets) {
        return runner(fault, study -> { }, targets).run();
    }

    StudyRunner runner(Fault fault, Consumer<Study> kept, CellTarget... targets) {
        return runner(request(targets), fault, kept);
    }

    StudyRunner runner(StudyRequest request, Fault fault, Consumer<Study> kept) {
        return StudyRunner.with(request, spec -> {
            started.add(spec.target());
            return new Recorded(spec, new CellWork(spec, options -> backends(fault, options)));
        }, line -> { }, kept);
    }

    static Backends backends(Fault fault, BackendOptions options) {
        return new Backends(List.of(new CpuBackend.Provider().create(options), new FaultyBackend("gpu:0", fault)));
    }

    /** Writes down who runs a test. */
    final class Recorded implements CellWorker {
        private final CellSpec spec;
        private final CellWorker work;

        Recorded(CellSpec spec, CellWorker work) {
            this.spec = spec;
            this.work = work;
        }

        @Override
        public Prepared prepare() {
            Prepared all = work.prepare();
            return new Prepared(all.storedAs(), bits(), all.devices(), all.placement(), all.planned(), all.shares());
        }

        @Override
        public FirstToken open() {
            firstTokens.add(spec.target().place());
            opening.accept(spec.target());
            return work.open();
        }

        @Override
        public void openForLogits() {
            work.openForLogits();
        }

        @Override
        public void writeReference(Path file) {
            work.writeReference(file);
        }

        @Override
        public Parity compare(Path reference) {
            return work.compare(reference);
        }

        @Override
        public DeviceLimits limits(String device) {
            limitsAsked.add(device + " in " + spec.target().place());
            boolean host = device.startsWith("cpu");
            return new DeviceLimits(host ? "cpu" : "gpu:0", host ? bits() : 0, host ? 1000 : 50, 1e6, "invented");
        }

        private int bits() {
            return spec.target().vectorBits() == 0 ? VECTORS : Math.min(VECTORS, spec.target().vectorBits());
        }

        @Override
        public void warmUp() {
            work.warmUp();
        }

        @Override
        public long prefill() {
            calls.add(spec.target().devices().getFirst());
            timing.accept(spec.target());
            return work.prefill();
        }

        @Override
        public long decode() {
            return work.decode();
        }

        @Override
        public List<LayerTime> layers() {
            return work.layers();
        }

        @Override
        public Memory memory() {
            return work.memory();
        }

        @Override
        public void close() {
            work.close();
        }
    }
}
