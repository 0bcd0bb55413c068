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

/** A device's product of a matrix, (ffnDim, dim) of a shape, with a vector: four in a run, each with its own copy of the matrix. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DeviceProductBench {
    /** As {@code qyclone devices} lists it; empty for the first. */
    @Param("")
    String device;
    /** Its rows hold whole blocks of every type. */
    @Param("qwen1.5-0.5b")
    String shape;
    @Param({"F32", "F16", "BF16", "Q8_0", "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q4_K", "Q5_K", "Q6_K"})
    TensorType type;
    @Param({"PARALLEL", "CONTEXT"})
    KernelFamily family;

    private DeviceKernels kernels;

    @Setup
    public void setUp() {
        kernels = DeviceKernels.open(device, new KernelCase(KernelCase.Kind.PRODUCT, DeviceKernels.shape(shape), type, family, 1));
    }

    @Setup(Level.Iteration)
    public void measureLimits() {
        kernels.measureLimits();
    }

    @Benchmark
    public void multiply(DeviceRate rate) {
        kernels.run(rate);
    }

    @TearDown
    public void close() {
        if (kernels != null) {
            kernels.close();
        }
    }
}
