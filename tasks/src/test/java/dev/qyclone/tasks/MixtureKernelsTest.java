package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.MixtureKernels;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The router's choice, against softmax by hand. */
class MixtureKernelsTest {
    private static final int EXPERTS = 7;
    private static final int USED = 3;
    private static final float TOLERANCE = 1e-6f;
    /** The largest twice: the lower index comes first; then a tie for the third place. */
    private static final float[] SCORES = {0.5f, 2f, -30f, 1f, 2f, 1f, -1f};
    private static final int[] CHOSEN = {1, 4, 3};

    private final IntArray cursor = new IntArray(Cursor.INTS);
    private final IntArray layers = new IntArray(2 * Layers.INTS);
    private final IntArray picked = new IntArray(USED);
    private final FloatArray shares = new FloatArray(USED);

    MixtureKernelsTest() {
        cursor.set(Cursor.CURRENT, 1);
        layers.set(Layers.INTS + Layers.SLICE, 2);
    }

    private void check(boolean normalized) {
        double all = 0;
        for (float score : SCORES) {
            all += Math.exp(score);
        }
        double chosen = 0;
        for (int expert : CHOSEN) {
            chosen += Math.exp(SCORES[expert]);
        }
        for (int i = 0; i < USED; i++) {
            assertEquals(2 * EXPERTS + CHOSEN[i], picked.get(i), "choice " + i);
            assertEquals(Math.exp(SCORES[CHOSEN[i]]) / (normalized ? chosen : all), shares.get(i), TOLERANCE, "choice " + i);
        }
    }

    @Test
    void choosesOnTheHost() {
        MixtureKernels.choose(cursor, layers, FloatArray.fromArray(SCORES), picked, shares, EXPERTS, USED, 0);
        check(false);
        MixtureKernels.choose(cursor, layers, FloatArray.fromArray(SCORES), picked, shares, EXPERTS, USED, 1);
        check(true);
    }

    @Test
    @Tag("device")
    void choosesOnADevice() {
        DeviceUnderTest.require();
        for (int normalized = 0; normalized < 2; normalized++) {
            int mode = normalized;
            FloatArray scores = FloatArray.fromArray(SCORES);
            try (GraphChain chain = new GraphChain(64)) {
                Steps steps = chain.next("choose");
                steps.own(cursor, layers, scores, picked, shares);
                steps.overItems("choose", 1, (graph, task) -> graph.task(task, MixtureKernels::choose, cursor, layers, scores, picked,
                        shares, EXPERTS, USED, mode));
                steps.fetch(picked, shares);
                chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            }
            check(mode == 1);
        }
    }
}
