package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.Cursor;
import dev.qyclone.tasks.kernels.Layers;
import dev.qyclone.tasks.kernels.MixtureKernels;
import java.util.Arrays;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/** The router's choice, against softmax by hand, and what becomes of it in a batch. */
class MixtureKernelsTest {
    private static final int EXPERTS = 7;
    private static final int USED = 3;
    private static final float TOLERANCE = 1e-6f;
    /** The largest twice: the lower index comes first; then a tie for the third place. */
    private static final float[] SCORES = {0.5f, 2f, -30f, 1f, 2f, 1f, -1f};
    private static final int[] CHOSEN = {1, 4, 3};

    private final IntArray call = new IntArray(Call.INTS);
    private final IntArray cursor = new IntArray(Cursor.INTS);
    private final IntArray layers = new IntArray(2 * Layers.INTS);
    private final IntArray picked = new IntArray(USED);
    private final FloatArray shares = new FloatArray(USED);

    MixtureKernelsTest() {
        call.set(Call.TOKENS, 1);
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
        MixtureKernels.choose(call, cursor, layers, FloatArray.fromArray(SCORES), picked, shares, 1, EXPERTS, USED, 0);
        check(false);
        MixtureKernels.choose(call, cursor, layers, FloatArray.fromArray(SCORES), picked, shares, 1, EXPERTS, USED, 1);
        check(true);
    }

    @Test
    @Tag("device")
    void choosesOnADevice() {
        for (int normalized = 0; normalized < 2; normalized++) {
            chooseOnADevice(SCORES, normalized);
            check(normalized == 1);
        }
    }

    /** It is among none of the chosen, and a device's maximum passes over it. */
    @Test
    @Tag("device")
    void aScoreThatIsNoNumberMakesEveryShareNone() {
        float[] scores = SCORES.clone();
        scores[5] = Float.NaN;
        for (int normalized = 0; normalized < 2; normalized++) {
            chooseOnADevice(scores, normalized);
            for (int i = 0; i < USED; i++) {
                assertEquals(Float.NaN, shares.get(i), "choice " + i);
            }
        }
    }

    private void chooseOnADevice(float[] all, int normalized) {
        DeviceUnderTest.require();
        FloatArray scores = FloatArray.fromArray(all);
        try (GraphChain chain = new GraphChain(64)) {
            Steps steps = chain.next("choose");
            steps.own(call, cursor, layers, scores, picked, shares);
            steps.overItems("choose", 1, (graph, task) -> graph.task(task, MixtureKernels::choose, call, cursor, layers, scores,
                    picked, shares, 1, EXPERTS, USED, normalized));
            steps.fetch(picked, shares);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
    }

    /** Choices of tokens, in experts of the layer; the batch has room for two tokens more. */
    private static Stream<int[][]> batches() {
        return Stream.of(
                new int[][] {{3, 1, 6}},
                new int[][] {{0, 1, 2}, {0, 1, 2}, {0, 1, 2}, {0, 1, 2}},
                new int[][] {{6, 5, 4}, {4, 5, 6}, {0, 6, 3}, {3, 4, 0}, {6, 0, 1}},
                new int[][] {{2, 2, 2}, {2, 2, 2}}, // what NaN in all scores would make of it
                new int[][] {});
    }

    private static final class Batch {
        final int[][] chosen;
        final int room;
        final IntArray call = new IntArray(Call.INTS);
        final IntArray picked;
        final IntArray ranges = new IntArray(EXPERTS * MixtureKernels.RANGE);
        final IntArray order;

        Batch(int[][] chosen) {
            this.chosen = chosen;
            this.room = chosen.length + 2;
            call.set(Call.TOKENS, chosen.length);
            picked = new IntArray(room * USED);
            picked.init(2 * EXPERTS); // padding, as a longer call before may have left it
            for (int choice = 0; choice < chosen.length * USED; choice++) {
                picked.set(choice, 2 * EXPERTS + chosen[choice / USED][choice % USED]);
            }
            order = new IntArray(room * USED * MixtureKernels.ORDER);
            order.init(-1);
            ranges.init(-1);
        }

        void check() {
            int at = 0;
            for (int e = 0; e < EXPERTS; e++) {
                assertEquals(2 * EXPERTS + e, ranges.get(e * MixtureKernels.RANGE), "place of expert " + e);
                assertEquals(at, ranges.get(e * MixtureKernels.RANGE + 1), "first of expert " + e);
                for (int choice = 0; choice < chosen.length * USED; choice++) {
                    if (chosen[choice / USED][choice % USED] == e) {
                        assertEquals(choice / USED, order.get(at * MixtureKernels.ORDER + MixtureKernels.TOKEN), "entry " + at);
                        assertEquals(choice, order.get(at * MixtureKernels.ORDER + MixtureKernels.CHOICE), "entry " + at);
                        at++;
                    }
                }
                assertEquals(at, ranges.get(e * MixtureKernels.RANGE + 2), "end of expert " + e);
            }
            assertEquals(chosen.length * USED, at);
            for (int i = at * MixtureKernels.ORDER; i < order.getSize(); i++) {
                assertEquals(-1, order.get(i), "padding");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("batches")
    void sortsOnTheHost(int[][] chosen) {
        Batch batch = new Batch(chosen);
        MixtureKernels.sort(batch.call, cursor, layers, batch.picked, batch.ranges, batch.order, EXPERTS, USED);
        batch.check();
    }

    @ParameterizedTest
    @MethodSource("batches")
    @Tag("device")
    void sortsOnADevice(int[][] chosen) {
        DeviceUnderTest.require();
        Batch batch = new Batch(chosen);
        try (GraphChain chain = new GraphChain(64)) {
            Steps steps = chain.next("sort");
            steps.own(batch.call, cursor, layers, batch.picked).send(batch.ranges, batch.order);
            steps.overItems("sort", EXPERTS, (graph, task) -> graph.task(task, MixtureKernels::sort, batch.call, cursor, layers,
                    batch.picked, batch.ranges, batch.order, EXPERTS, USED));
            steps.fetch(batch.ranges, batch.order);
            chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
        }
        batch.check();
    }

    /** Each token of a batch chooses as it would alone, and padding stays as it is. */
    @Test
    void choosesForEachTokenOfABatch() {
        float[] scores = new float[3 * EXPERTS];
        for (int t = 0; t < 3; t++) {
            for (int e = 0; e < EXPERTS; e++) {
                scores[t * EXPERTS + e] = SCORES[(e + t) % EXPERTS];
            }
        }
        IntArray all = new IntArray(3 * USED);
        all.init(-1);
        FloatArray parts = new FloatArray(3 * USED);
        parts.init(-1);
        call.set(Call.TOKENS, 2);
        MixtureKernels.choose(call, cursor, layers, FloatArray.fromArray(scores), all, parts, 3, EXPERTS, USED, 0);
        call.set(Call.TOKENS, 1);
        for (int t = 0; t < 2; t++) {
            MixtureKernels.choose(call, cursor, layers, FloatArray.fromArray(Arrays.copyOfRange(scores, t * EXPERTS, (t + 1) * EXPERTS)),
                    picked, shares, 1, EXPERTS, USED, 0);
            for (int i = 0; i < USED; i++) {
                assertEquals(picked.get(i), all.get(t * USED + i), "token " + t);
                assertEquals(shares.get(i), parts.get(t * USED + i), TOLERANCE, "token " + t);
            }
        }
        assertEquals(-1, all.get(2 * USED));
        assertEquals(-1, parts.get(2 * USED));
    }

    /** Gates and ups eight by eight, and apart; the choices of a token that is padding stay as they are. */
    @Test
    void gatesTheRowsOfChoices() {
        int width = 11;
        int padded = 32;
        call.set(Call.TOKENS, 1);
        for (int ups : new int[] {0, 16}) {
            FloatArray sums = new FloatArray(2 * USED * padded);
            FloatArray gated = new FloatArray(2 * USED * width);
            gated.init(-1);
            for (int choice = 0; choice < 2 * USED; choice++) {
                for (int i = 0; i < width; i++) {
                    int gate = ups == 0 ? i / 8 * 16 + i % 8 : i;
                    sums.set(choice * padded + gate, choice + 0.25f * i);
                    sums.set(choice * padded + gate + (ups == 0 ? 8 : ups), i - 2f * choice);
                }
            }
            MixtureKernels.gateChoices(call, sums, gated, 2 * USED * width, USED, width, padded, ups);
            for (int item = 0; item < 2 * USED * width; item++) {
                double g = item / width + 0.25 * (item % width);
                double wanted = item < USED * width ? g / (1 + Math.exp(-g)) * (item % width - 2.0 * (item / width)) : -1;
                assertEquals(wanted, gated.get(item), 1e-4, "item " + item);
            }
        }
    }

    @Test
    void addsTheRowsOfATokensChoices() {
        int dim = 5;
        int padded = 16;
        call.set(Call.TOKENS, 2);
        FloatArray parts = FloatArray.fromElements(0.5f, 0.25f, 0.125f, 0.1f, 0.2f, 0.3f, 9, 9, 9);
        FloatArray chosen = new FloatArray(3 * USED * padded);
        for (int i = 0; i < chosen.getSize(); i++) {
            chosen.set(i, i / padded * 10 + i % padded);
        }
        FloatArray score = FloatArray.fromElements(0f, 2f, 9f);
        FloatArray shared = new FloatArray(3 * dim);
        shared.init(4f);
        FloatArray x = new FloatArray(3 * dim);
        x.init(1f);
        MixtureKernels.addChoices(call, parts, chosen, score, shared, x, 3 * dim, USED, dim, padded);
        for (int item = 0; item < 3 * dim; item++) {
            int t = item / dim;
            double wanted = 1;
            for (int i = 0; t < 2 && i < USED; i++) {
                wanted += parts.get(t * USED + i) * ((t * USED + i) * 10 + item % dim);
            }
            wanted += t < 2 ? 4 / (1 + Math.exp(-score.get(t))) : 0;
            assertEquals(wanted, x.get(item), 1e-4, "item " + item);
        }
    }
}
