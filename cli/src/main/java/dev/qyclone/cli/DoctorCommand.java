package dev.qyclone.cli;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.CheckReport;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Whether devices compute what they should. */
@Command(
        name = "doctor",
        header = "Compare every kernel of a device with the plain reference; exit code 1 if one is wrong.",
        footer = {
            "",
            "ERROR is the relative L2 distance to the reference; RATE is that of the fastest call.",
            "",
            "Examples:",
            "  qyclone doctor",
            "  qyclone doctor --device opencl:0:0 -m model.gguf"})
final class DoctorCommand implements Callable<Integer> {
    /** So many of the vocabulary's rows, and positions, tell as much as all. */
    private static final int REDUCED = 4096;
    /** One of each kernel for experts. */
    private static final Set<TensorType> EXPERTS = EnumSet.of(TensorType.F16, TensorType.Q8_0, TensorType.Q4_K, TensorType.Q6_K);
    private static final List<KernelFamily> FAMILIES = List.of(KernelFamily.PARALLEL, KernelFamily.CONTEXT, KernelFamily.FPGA);

    private final Streams streams;
    private final BackendSource source;

    @Option(names = "--device", split = ",", paramLabel = "ID", description = "Check these. Default: every device")
    private List<String> ids;

    @Option(names = {"-m", "--model"}, paramLabel = "MODEL",
            description = "Check at this model's shapes, for its weight types. Default: every type, at the shapes of Qwen2-0.5B with "
                    + REDUCED + " tokens or of Qwen1.5-0.5B, whose rows hold whole blocks of 256; and a small mixture of experts")
    private Path model;

    @Option(names = "--no-rates", description = "Do not measure how fast the kernels are: quicker.")
    private boolean noRates;

    @Option(names = "--json", description = "Print {\"shapes\":...,\"passed\":...,\"devices\":[...],\"missing\":[...]}.")
    private boolean json;

    DoctorCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public Integer call() {
        List<CheckRequest> requests = requests();
        try (Backends backends = source.open(BackendOptions.defaults().withRecheck(true).withCacheFolder(CacheFolder.ofUser()))) {
            DeviceList list = ids == null
                    ? DeviceList.of(backends)
                    : new DeviceList(ids.stream().distinct().map(backends::device).toList(), List.of());
            List<CheckReport> reports = new ArrayList<>();
            for (Device device : list.devices()) {
                reports.add(check(backends, device, requests));
            }
            DoctorReport report = new DoctorReport(shapes(), reports, list);
            streams.print(json ? report.asJson() + "\n" : report.asText());
            return report.passed() ? ExitCode.SUCCESS : ExitCode.FAILED;
        }
    }

    private List<CheckRequest> requests() {
        if (model == null) {
            ModelConfig usual = PublishedShape.QWEN2_0_5B.config();
            Map<Boolean, Set<TensorType>> whole = EnumSet.allOf(TensorType.class).stream().collect(Collectors.partitioningBy(
                    type -> usual.dim() % type.blockSize() == 0, Collectors.toSet()));
            return List.of(request(usual, whole.get(true)), request(PublishedShape.QWEN1_5_0_5B.config(), whole.get(false)),
                    request(PublishedShape.TINY_MOE.config(), EXPERTS));
        }
        try (Model opened = ModelLoader.load(model)) {
            return List.of(CheckRequest.of(opened, FAMILIES, !noRates));
        }
    }

    private CheckRequest request(ModelConfig shape, Set<TensorType> types) {
        return new CheckRequest(reduced(shape), types, FAMILIES, !noRates);
    }

    private static ModelConfig reduced(ModelConfig of) {
        return new ModelConfig(of.architecture(), of.dim(), 1, of.heads(), of.kvHeads(), of.headDim(), of.ffnDim(),
                Math.min(REDUCED, of.vocab()), Math.min(REDUCED, of.context()), of.normEps(), of.ropeBase(), of.attention(), of.mixture());
    }

    private String shapes() {
        return model == null ? "Qwen2-0.5B with " + REDUCED + " tokens, of Qwen1.5-0.5B for blocks of 256, and of a small mixture; every "
                + "weight type" : model + ", its weight types";
    }

    /** A check that ends in an exception is one that failed; the other shapes and devices have a right to theirs. */
    private CheckReport check(Backends backends, Device device, List<CheckRequest> requests) {
        List<CheckRow> rows = new ArrayList<>();
        int all = requests.stream().mapToInt(request -> request.families().size() * request.types().size()).sum();
        int before = 0;
        try (TerminalBar bar = TerminalBar.start(streams, true, "check " + device.id(), " kinds of kernels", 1, all)) {
            for (CheckRequest request : requests) {
                int first = before;
                try {
                    List<CheckRow> more = backends.of(device).check(device, request.withWatcher((done, of) -> bar.to(first + done))).rows();
                    rows.addAll(more.isEmpty() ? List.of(failed("no kernel was checked")) : more);
                } catch (RuntimeException | LinkageError e) {
                    rows.add(failed(e.toString()));
                }
                before += request.families().size() * request.types().size();
            }
        }
        return new CheckReport(device, rows);
    }

    private static CheckRow failed(String reason) {
        return CheckRow.failed("self-check", KernelFamily.AUTO, "-", "-", 0, reason);
    }
}
