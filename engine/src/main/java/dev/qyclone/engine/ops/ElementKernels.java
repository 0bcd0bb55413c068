package dev.qyclone.engine.ops;

import static dev.qyclone.engine.ops.Lanes.F;
import static dev.qyclone.engine.ops.Lanes.L;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** Kernels over elements: each works on a range of one thread. */
final class ElementKernels {
    private ElementKernels() {
    }

    /** out[at + i] = x[at + i] · weight[i] / sqrt(mean square + eps). */
    static void rmsNorm(float[] x, float[] weight, float eps, float[] out, int at, int dim, float[] lanes) {
        FloatVector s0 = FloatVector.zero(F);
        FloatVector s1 = s0;
        int pairs = dim / (2 * L) * (2 * L);
        for (int i = 0; i < pairs; i += 2 * L) {
            FloatVector a = FloatVector.fromArray(F, x, at + i);
            FloatVector b = FloatVector.fromArray(F, x, at + i + L);
            s0 = a.fma(a, s0);
            s1 = b.fma(b, s1);
        }
        s0.intoArray(lanes, 0);
        s1.intoArray(lanes, L);
        double squares = (double) Lanes.sum(lanes, 0) + Lanes.sum(lanes, L);
        for (int i = pairs; i < dim; i++) {
            squares += (double) x[at + i] * x[at + i];
        }
        float scale = (float) (1 / Math.sqrt(squares / dim + eps));
        int bound = F.loopBound(dim);
        for (int i = 0; i < bound; i += L) {
            FloatVector.fromArray(F, x, at + i).mul(scale).mul(FloatVector.fromArray(F, weight, i)).intoArray(out, at + i);
        }
        for (int i = bound; i < dim; i++) {
            out[at + i] = x[at + i] * scale * weight[i];
        }
    }

    /** Turns the pairs (x[at + i], x[at + pairs + i]) by the angles at {@code angle}. */
    static void turn(float[] x, int at, float[] cos, float[] sin, int angle, int pairs) {
        int bound = F.loopBound(pairs);
        for (int i = 0; i < bound; i += L) {
            FloatVector a = FloatVector.fromArray(F, x, at + i);
            FloatVector b = FloatVector.fromArray(F, x, at + pairs + i);
            FloatVector c = FloatVector.fromArray(F, cos, angle + i);
            FloatVector s = FloatVector.fromArray(F, sin, angle + i);
            a.mul(c).sub(b.mul(s)).intoArray(x, at + i);
            b.mul(c).add(a.mul(s)).intoArray(x, at + pairs + i);
        }
        for (int i = bound; i < pairs; i++) {
            float a = x[at + i];
            float b = x[at + pairs + i];
            x[at + i] = a * cos[angle + i] - b * sin[angle + i];
            x[at + pairs + i] = b * cos[angle + i] + a * sin[angle + i];
        }
    }

    /**
     * gate[at + i] = silu(gate[at + i]) · up[upAt + i] for i < count. The exponential is {@link Exponential}'s, written out: see there.
     */
    static void swiGlu(float[] gate, int at, float[] up, int upAt, int count) {
        int bound = F.loopBound(count);
        for (int i = 0; i < bound; i += L) {
            FloatVector z = FloatVector.fromArray(F, gate, at + i);
            FloatVector x = z.neg().min(Exponential.LARGEST).max(Exponential.SMALLEST);
            FloatVector shifted = x.fma(FloatVector.broadcast(F, Exponential.LOG2_E), FloatVector.broadcast(F, Exponential.ROUND));
            FloatVector n = shifted.sub(Exponential.ROUND);
            FloatVector r = n.fma(FloatVector.broadcast(F, -Exponential.LN2_HIGH), x);
            r = n.fma(FloatVector.broadcast(F, -Exponential.LN2_LOW), r);
            FloatVector p = r.fma(FloatVector.broadcast(F, Exponential.C7), FloatVector.broadcast(F, Exponential.C6));
            p = p.fma(r, FloatVector.broadcast(F, Exponential.C5));
            p = p.fma(r, FloatVector.broadcast(F, Exponential.C4));
            p = p.fma(r, FloatVector.broadcast(F, Exponential.C3));
            p = p.fma(r, FloatVector.broadcast(F, Exponential.C2));
            p = p.fma(r.mul(r), r).add(1f);
            IntVector power = shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23);
            FloatVector e = p.reinterpretAsInts().add(power).reinterpretAsFloats();
            z.div(e.add(1f)).mul(FloatVector.fromArray(F, up, upAt + i)).intoArray(gate, at + i);
        }
        for (int i = bound; i < count; i++) {
            gate[at + i] = gate[at + i] / (1 + Exponential.of(-gate[at + i])) * up[upAt + i];
        }
    }

    /** x[at + i] += y[yAt + i] for i < count. */
    static void add(float[] x, int at, float[] y, int yAt, int count) {
        int bound = F.loopBound(count);
        for (int i = 0; i < bound; i += L) {
            FloatVector.fromArray(F, x, at + i).add(FloatVector.fromArray(F, y, yAt + i)).intoArray(x, at + i);
        }
        for (int i = bound; i < count; i++) {
            x[at + i] += y[yAt + i];
        }
    }

    /** x[at + i] *= factor for i < count. */
    static void scale(float[] x, int at, float factor, int count) {
        int bound = F.loopBound(count);
        for (int i = 0; i < bound; i += L) {
            FloatVector.fromArray(F, x, at + i).mul(factor).intoArray(x, at + i);
        }
        for (int i = bound; i < count; i++) {
            x[at + i] *= factor;
        }
    }

    /** The largest magnitude among the first {@code count} values; NaN if there is one. */
    static float largest(float[] x, int count) {
        float largest = 0;
        for (int i = 0; i < count; i++) {
            largest = Math.max(largest, Math.abs(x[i]));
        }
        return largest;
    }
}
