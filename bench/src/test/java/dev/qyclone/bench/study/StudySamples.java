package dev.qyclone.bench.study;

import java.util.List;

/** Invented studies, with something of everything in them. */
public final class StudySamples {
    private static final StudySettings SETTINGS = new StudySettings(32, 16, 3, 0.5, 10, 1, List.of(1, 9), 4, 2);

    private StudySamples() {
    }

    /** One run with a cell of each status. */
    public static Study of(String label) {
        Environment environment = new Environment("A processor, \"fast\"", 2, 1L << 34, "Linux 6 amd64", "Somebody 25", "-Xmx1g", "abc1234",
                "5.2.0-jdk25", 0.5, List.of());
        RunFacts run = new RunFacts(label, false, "2026-01-02T03:04:05Z", "2026-01-02T03:05:05Z", "model.gguf", "qwen2 494M Q8_0",
                528_519_392L,
                494_000_000L, SETTINGS, environment, List.of(new DeviceLimits("cpu", 256, 12.5, 200, "reads"),
                new DeviceLimits("gpu:0", 0, 500, 20_000, "reads")));
        return Study.of(List.of(run), List.of(
                measured(label, List.of("cpu:scalar"), 0, "auto", 1), measured(label, List.of("cpu"), 256, "auto", 30),
                measured(label, List.of("gpu:0"), 0, "context", 400), measured(label, List.of("cpu", "gpu:0"), 0, "auto", 80),
                wrong(label), Cell.without(label, new CellTarget("stored", List.of("cpu"), 512, "auto"), "stored", Status.NOT_RUN,
                        "Java offers 256-bit vectors here, not 512-bit ones"),
                Cell.without(label, new CellTarget("stored", List.of("gpu:1"), 0, "auto"), "stored", Status.FAILED, "gpu:1 is full"),
                Cell.without(label, new CellTarget("q4_k", List.of("cpu"), 256, "auto"), "q4_k", Status.INCOMPLETE, "ended")));
    }

    /** The same cells of another model, with other tests and threads. */
    public static Study ofAnotherModel(String label) {
        Study study = of(label);
        RunFacts run = study.runs().getFirst();
        return Study.of(List.of(new RunFacts(label, run.complete(), run.began(), run.ended(), "large <7B>.gguf", "qwen2 7.6B Q8_0",
                8_098_525_888L, 7_600_000_000L, new StudySettings(128, 32, 5, 2, 60, 20, List.of(1, 9), 4, 8), run.environment(),
                run.limits())), study.cells());
    }

    private static Cell measured(String label, List<String> devices, int bits, String kernels, double factor) {
        List<CellDevice> described = devices.stream().map(id ->
                new CellDevice(id, id.startsWith("cpu") ? "cpu" : "gpu", "Somebody", "Device <" + id + ">", 1L << 33, "driver 1",
                        "note")).toList();
        Speed prefill = Speed.of("pp32", 32, List.of((long) (3e8 / factor), (long) (3.2e8 / factor), (long) (3.1e8 / factor)));
        Speed decode = Speed.of("tg16", 16, List.of((long) (2e9 / factor), (long) (2.1e9 / factor), (long) (2.2e9 / factor)));
        boolean told = devices.contains("gpu:0");
        FirstToken first = new FirstToken(500_000_000, 10_000_000, 5_000_000, 70_000_000, told ? 40_000_000L : null,
                told ? 10_000_000L : null, 300_000_000, told ? 100_000_000L : null, 32, 90_000_000, told ? 0L : null, 1_000_000_000,
                885_000_000);
        List<LayerTime> layers = List.of(new LayerTime("layer", 0, devices.getFirst(), 3_000_000, 200_000, true),
                new LayerTime("layer", 1, devices.getLast(), 3_000_000, 200_000, false),
                new LayerTime("output", -1, devices.getLast(), 700_000, 700_000, true));
        return new Cell(label, new CellTarget("stored", devices, bits, kernels), "Q8_0", Status.MEASURED, "", described,
                "0-0 " + devices.getFirst() + ", 1-1 " + devices.getLast() + "; output " + devices.getLast(),
                new Parity(10, 3.1e-7, 2e-5, 1e-12, 4e-12, null), null, prefill, decode, first,
                new Memory(900L << 20, 40L << 20, 3L << 20, List.of(new Memory.Planned(devices.getFirst(), 1L << 29, 0, 1 << 20, 1 << 20))),
                new Roofline(500_000_000, 900_000_000, 520_000_000, 28_000_000_000L, 40.0, devices.size() > 1 ? null : 12.5), layers,
                new KernelCaches("warm", "cold"), bits == 0 ? "" : "-XX:MaxVectorSize=" + bits / 8,
                told ? "a note, <so to say>" : "");
    }

    private static Cell wrong(String label) {
        Cell right = measured(label, List.of("gpu:0"), 0, "parallel", 50);
        return new Cell(label, right.target(), right.storedAs(), Status.WRONG, "the logits are far away", right.devices(),
                right.placement(),
                new Parity(10, 0.3, 4, 0.2, 0.9, new Parity.Different(1, 3, 17, 9, 0.25)), new Parity(10, 0.3, 4, 0.2, 0.9, null),
                right.prefill(), right.decode(), right.firstToken(), right.memory(), right.roofline(), right.layers(), right.caches(), "",
                "");
    }
}
