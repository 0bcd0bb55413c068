package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.GroupNorm;
import dev.qyclone.tasks.kernels.Layers;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** Norms of rows by work-groups, against doubles; the second of two layers, and one row more than there are tokens. */
class GroupNormTest {
    private static final double TOLERANCE = 2e-6;
    private static final float EPS = 1e-6f;
    private static final int TOKENS = 3;
    private static final int HOST_ITEMS = 8;

    private static final class Case {
        final Random random = new Random(41);
        final IntArray call = new IntArray(Call.INTS);
        final IntArray cursor = new IntArray(Cursor.INTS);
        final IntArray layers = new IntArray(2 * Layers.INTS);
        final int cols;
        final FloatArray x;
        final FloatArray norm;
        final FloatArray out;

        Case(int cols) {
            this.cols = cols;
            this.x = gaussian((TOKENS + 1) * cols);
            this.norm = gaussian(2 * cols);
            this.out = gaussian((TOKENS + 1) * cols);
            call.init(0);
            call.set(Call.TOKENS, TOKENS);
            cursor.init(0);
            cursor.set(Cursor.CURRENT, 1);
            layers.init(0);
            layers.set(Layers.INTS + Layers.SLICE, 1);
        }

        private FloatArray gaussian(int size) {
            FloatArray array = new FloatArray(size);
            for (int i = 0; i < size; i++) {
                array.set(i, (float) random.nextGaussian());
            }
            return array;
        }

        float[] onTheHost() {
            float[] before = out.toHeapArray();
            HostGroup.run(TOKENS + 1, HOST_ITEMS, context -> GroupNorm.normGroups(context, call, cursor, Cursor.CURRENT, layers, x, norm,
                    out, cols, EPS));
            check(null);
            for (int i = TOKENS * cols; i < out.getSize(); i++) {
                assertEquals(before[i], out.get(i), "behind the last row, " + i);
            }
            return out.toHeapArray();
        }

        private void check(float[] other) {
            for (int t = 0; t < TOKENS; t++) {
                double squares = 0;
                for (int i = 0; i < cols; i++) {
                    squares += (double) x.get(t * cols + i) * x.get(t * cols + i);
                }
                for (int i = 0; i < cols; i++) {
                    int at = t * cols + i;
                    double wanted = x.get(at) / Math.sqrt(squares / cols + EPS) * norm.get(cols + i);
                    assertEquals(wanted, out.get(at), TOLERANCE * Math.max(1, Math.abs(wanted)), "row " + t + ", column " + i);
                    if (other != null) {
                        assertEquals(other[at], out.get(at), TOLERANCE * Math.max(1, Math.abs(wanted)), "beside the host, " + at);
                    }
                }
            }
        }
    }

    private static float[] onHost(int cols) {
        return (float[]) Apart.call(GroupNormTest.class, "runOnHost", cols);
    }

    /** Called by name, in a class loader of its own. */
    static float[] runOnHost(int cols) {
        return new Case(cols).onTheHost();
    }

    @ParameterizedTest
    @CsvSource({"1", "7", "33", "896"})
    void onTheHost(int cols) {
        assertEquals((TOKENS + 1) * cols, onHost(cols).length);
    }

    @ParameterizedTest
    @CsvSource({"1,16", "33,64", "896,100", "207,256"})
    @Tag("device")
    void onADevice(int cols, int groupLimit) {
        DeviceUnderTest.require();
        Case c = new Case(cols);
        try (GraphChain chain = new GraphChain(groupLimit)) {
            Steps steps = chain.next("norm").own(c.call, c.cursor, c.layers, c.x, c.out);
            new NormSteps(steps, ProductSteps.Form.GROUPS, c.call, c.cursor, c.layers, TOKENS + 1)
                    .norm("norm", Cursor.CURRENT, c.x, c.norm, c.out, cols, EPS);
            steps.fetch(c.out);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
        c.check(onHost(cols));
    }
}
