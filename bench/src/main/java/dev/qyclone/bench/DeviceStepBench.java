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

/** A device's attention for one token at some depth, and its norm of some rows. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DeviceStepBench {
    /** As {@code qyclone devices} lists it; empty for the first. */
    @Param("")
    String device;
    @Param("qwen2-0.5b")
    String shape;
    @Param({"ATTENTION", "NORM"})
    KernelCase.Kind kernel;
    @Param({"PARALLEL", "CONTEXT"})
    KernelFamily family;
    /** Positions that attention sees. */
    @Param("1024")
    int depth;
    /** Rows that are normed. */
    @Param("128")
    int tokens;

    private DeviceKernels kernels;

    @Setup
    public void setUp() {
        kernels = DeviceKernels.open(device, new KernelCase(kernel, DeviceKernels.shape(shape), TensorType.F32, family, tokens, depth));
    }

    @Setup(Level.Iteration)
    public void measureLimits() {
        kernels.measureLimits();
    }

    @Benchmark
    public void step(DeviceRate rate) {
        kernels.run(rate);
    }

    @TearDown
    public void close() {
        if (kernels != null) {
            kernels.close();
        }
    }
}
