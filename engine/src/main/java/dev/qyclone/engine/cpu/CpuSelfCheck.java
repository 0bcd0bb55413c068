package dev.qyclone.engine.cpu;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.ops.Ops;
import dev.qyclone.engine.stage.CheckRequest;
import dev.qyclone.engine.stage.CheckRow;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Compares the host's ops with the reference, on random numbers. */
final class CpuSelfCheck {
    /** Relative L2 distance that another order of summation may make. */
    private static final double REORDERING = 1e-5;
    private static final int TOKENS = 33;
    private static final double NANOS = 1e9;

    private final Ops ops;
    private final Ops reference;
    private final CheckRequest request;
    private final Random random = new Random(20);

    CpuSelfCheck(Ops ops, Ops reference, CheckRequest request) {
        this.ops = ops;
        this.reference = reference;
        this.request = request;
    }

    List<CheckRow> rows() {
        List<CheckRow> rows = new ArrayList<>();
        ModelConfig config = request.config();
        rows.add(norm(config.dim(), config.normEps()));
        for (TensorType type : TensorType.values()) {
            if (request.types().contains(type)) {
                rows.add(product("decode", type, config.ffnDim(), config.dim(), 1));
                rows.add(product("prefill", type, config.ffnDim(), config.dim(), TOKENS));
            }
        }
        return rows;
    }

    private CheckRow norm(int dim, float eps) {
        float[] x = floats(TOKENS * dim);
        float[] weight = floats(dim);
        float[] wanted = new float[x.length];
        float[] got = new float[x.length];
        reference.rmsNorm(x, weight, eps, wanted, TOKENS, dim);
        long start = System.nanoTime();
        ops.rmsNorm(x, weight, eps, got, TOKENS, dim);
        double seconds = (System.nanoTime() - start) / NANOS;
        return CheckRow.ran("norm", KernelFamily.AUTO, "-", TOKENS + "x" + dim, distance(got, wanted), REORDERING,
                request.rates() ? 2.0 * Float.BYTES * x.length / seconds / NANOS : 0, "GB/s");
    }

    private CheckRow product(String kernel, TensorType type, int rows, int cols, int tokens) {
        int width = Math.ceilDiv(cols, type.blockSize()) * type.blockSize();
        float[] values = floats(rows * width);
        MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes(values.length))]);
        Blocks.encode(type, values, 0, data, 0, values.length);
        Tensor weight = new Tensor("check", type, new long[] {rows, width}, data);
        float[] x = floats(tokens * width);
        float[] wanted = new float[tokens * rows];
        float[] got = new float[tokens * rows];
        reference.matMul(weight, x, wanted, tokens);
        long start = System.nanoTime();
        ops.matMul(weight, x, got, tokens);
        double seconds = (System.nanoTime() - start) / NANOS;
        double rate = tokens == 1 ? weight.bytes() / seconds / NANOS : 2.0 * tokens * rows * width / seconds / NANOS;
        return CheckRow.ran(kernel, KernelFamily.AUTO, type.name(), rows + "x" + width, distance(got, wanted), REORDERING,
                request.rates() ? rate : 0, tokens == 1 ? "GB/s" : "GFLOP/s");
    }

    private float[] floats(int count) {
        float[] floats = new float[count];
        for (int i = 0; i < count; i++) {
            floats[i] = (float) random.nextGaussian();
        }
        return floats;
    }

    private static double distance(float[] got, float[] wanted) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += Math.pow((double) got[i] - wanted[i], 2);
            norm += Math.pow(wanted[i], 2);
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }
}
