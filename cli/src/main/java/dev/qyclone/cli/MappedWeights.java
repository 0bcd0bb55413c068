package dev.qyclone.cli;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.profiles.Machine;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Weights that the host reads where the file is mapped. The embedding is not among them but as output matrix: a token needs one row.
 *
 * @param memory the host's, in bytes; 0 where nothing runs there
 */
record MappedWeights(List<Tensor> tensors, long memory) {
    private static final long LARGE = 256_000_000;
    private static final int PAGE = 4096;

    static MappedWeights of(Model model, Placement placement) {
        List<Tensor> tensors = new ArrayList<>();
        for (Placement.Run run : placement.runs()) {
            if (Machine.isHost(run.device())) {
                model.layers().subList(run.firstLayer(), run.firstLayer() + run.count()).forEach(layer ->
                        layer.tensors().forEach(tensors::add));
            }
        }
        if (Machine.isHost(placement.output())) {
            tensors.add(model.output());
        }
        Stream<Device> devices = Stream.concat(placement.runs().stream().map(Placement.Run::device), Stream.of(placement.output()));
        return new MappedWeights(tensors, devices.filter(Machine::isHost).mapToLong(Device::memoryBytes).max().orElse(0));
    }

    long bytes() {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
    }

    /** True where that takes a while and what was read first is still there at the end. */
    boolean areWorthReading() {
        return bytes() >= LARGE && bytes() <= memory / 4 * 3;
    }

    /** Brings large weights from the disk into memory now, where a bar can show it, and not during the first tokens. */
    void read(Streams streams, boolean quiet) {
        if (!areWorthReading()) {
            return;
        }
        try (TerminalBar bar = TerminalBar.start(streams, !quiet, "load", " MB", 1_000_000, bytes())) {
            long done = 0;
            for (Tensor tensor : tensors) {
                touchPages(tensor.data());
                done += tensor.bytes();
                bar.to(done);
            }
        }
    }

    private static void touchPages(MemorySegment data) {
        int sum = 0;
        for (long at = 0; at < data.byteSize(); at += PAGE) {
            sum += data.get(ValueLayout.JAVA_BYTE, at);
        }
        Reference.reachabilityFence(sum);
    }
}
