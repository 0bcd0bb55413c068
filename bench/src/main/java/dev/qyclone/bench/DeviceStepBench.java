package dev.qyclone.bench;

import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
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

/** Steps of a layer and of the output on a device, each by itself: for one token, and for many. */
@State(Scope.Thread)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.SECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(value = 1, jvmArgsAppend = "--add-modules=jdk.incubator.vector")
public class DeviceStepBench {
    private static final String DENSE = PublishedShape.QWEN2_0_5B.names().getFirst();
    private static final String MIXTURE = PublishedShape.SMALL_MOE.names().getFirst();

    /** As {@code qyclone devices} lists it; empty for the first. */
    @Param("")
    String device;
    /** Empty for a small one that has the kernel. */
    @Param("")
    String shape;
    @Param({"NORM", "ROPE", "ATTENTION", "PANELS", "TOKENS_PRODUCT", "SWIGLU", "ROUTER", "EXPERTS", "LOGITS", "LARGEST"})
    KernelCase.Kind kernel;
    /** Of weights. */
    @Param("Q8_0")
    TensorType type;
    /** Of keys and values, which {@code ROPE} and {@code ATTENTION} have. */
    @Param("F32")
    KvType kvType;
    @Param({"PARALLEL", "CONTEXT"})
    KernelFamily family;
    /** Positions that the last token sees. */
    @Param("1024")
    int depth;
    /** What is no kernel of one token, or of many, is skipped. */
    @Param({"1", "128"})
    int tokens;

    private DeviceKernels kernels;

    @Setup
    public void setUp() {
        kernels = DeviceKernels.open(device, which());
    }

    KernelCase which() {
        String name = shape.isEmpty() ? shapeFor(kernel) : shape;
        return new KernelCase(kernel, DeviceKernels.shape(name), type, kvType, family, tokens, depth);
    }

    private static String shapeFor(KernelCase.Kind kernel) {
        return switch (kernel) {
            case ROUTER, EXPERTS -> MIXTURE;
            case COPY, MULTIPLY_ADD, PRODUCT, NORM, ROPE, ATTENTION, PANELS, TOKENS_PRODUCT, SWIGLU, LOGITS, LARGEST, LAYER -> DENSE;
        };
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
