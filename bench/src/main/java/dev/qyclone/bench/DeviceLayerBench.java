package dev.qyclone.bench;

import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.TensorType;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** A whole layer on a device, with its call's way there and back: decode with 1 row, prefill with many. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DeviceLayerBench {
    /** As {@code qyclone devices} lists it; empty for the first. */
    @Param("")
    String device;
    @Param("qwen2-0.5b")
    String shape;
    @Param({"F32", "F16", "Q8_0", "Q4_0"})
    TensorType type;
    @Param({"PARALLEL", "CONTEXT"})
    KernelFamily family;
    @Param({"1", "128"})
    int tokens;

    private DeviceKernels kernels;

    @Setup
    public void setUp() {
        kernels = DeviceKernels.open(device, new KernelCase(KernelCase.Kind.LAYER, DeviceKernels.shape(shape), type, family, tokens));
    }

    @Setup(Level.Iteration)
    public void measureLimits() {
        kernels.measureLimits();
    }

    @Benchmark
    public void layer(DeviceRate rate) {
        kernels.run(rate);
    }

    @TearDown
    public void close() {
        if (kernels != null) {
            kernels.close();
        }
    }
}
