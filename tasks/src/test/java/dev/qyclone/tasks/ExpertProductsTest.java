package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.Blocks;
import dev.qyclone.engine.tensor.Tensor;
import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.kernels.Elements;
import dev.qyclone.tasks.kernels.ExpertGroupProducts;
import dev.qyclone.tasks.kernels.ExpertProducts;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.MixtureKernels;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;
import uk.ac.manchester.tornado.api.types.arrays.FloatArray;
import uk.ac.manchester.tornado.api.types.arrays.IntArray;

/**
 * Each choice's product with its own expert, against sums in double over the decoded rows, and on a device against the same kernel as Java
 * on the host; the second of two layers.
 */
class ExpertProductsTest {
    /** Largest error of a sum, relative to the sum of its terms' magnitudes. */
    private static final double TOLERANCE = 2e-6;
    /** Tokens of each expert: none, one, a tile of either form and one more, some. */
    private static final int[] TOKENS = {0, 1, 4, 5, 17, 0};
    private static final int STRIPES = 5;
    private static final int GROUP = 64;
    private static final int HOST_GROUP = 32;
    private static final float UNTOUCHED = 12345f;

    private static final class Case {
        final Random random = new Random(17);
        final int experts = TOKENS.length;
        final int choices = Arrays.stream(TOKENS).sum();
        final int cols;
        final int rows;
        final int width;
        final List<Tensor> tensors = new ArrayList<>();
        final HostArrays arrays = new HostArrays(); // for as long as the JVM lives: cases are small
        final PackedMatrix packed;
        final IntArray ranges = new IntArray(experts * MixtureKernels.RANGE);
        final IntArray order = new IntArray(choices * MixtureKernels.ORDER);
        final FloatArray x;
        final FloatArray panels;
        final FloatArray out;

        Case(TensorType type, int rows, int cols) {
            this.rows = rows;
            this.cols = Math.ceilDiv(cols, type.blockSize()) * type.blockSize();
            this.width = BatchArrays.padded(rows) + 2 * PanelProducts.LANES;
            for (int e = 0; e < 2 * experts; e++) {
                tensors.add(tensor(type));
            }
            this.packed = StackedMatrix.of(tensors.stream().map(List::of).toList(), arrays).parts().getFirst().matrix();
            arrays.awaitFilled();
            this.x = new FloatArray(choices * this.cols);
            for (int i = 0; i < x.getSize(); i++) {
                x.set(i, (float) random.nextGaussian());
            }
            this.panels = new FloatArray(Math.max(STRIPES, ExpertSteps.STRIPES) * PanelProducts.LANES * this.cols);
            this.out = new FloatArray((choices + 1) * width);
            out.init(UNTOUCHED);
            int at = 0;
            for (int e = 0; e < experts; e++) {
                ranges.set(e * MixtureKernels.RANGE, experts + e);
                ranges.set(e * MixtureKernels.RANGE + 1, at);
                for (int i = 0; i < TOKENS[e]; i++) {
                    order.set(at * MixtureKernels.ORDER + MixtureKernels.TOKEN, -1);
                    order.set(at * MixtureKernels.ORDER + MixtureKernels.CHOICE, choiceAt(at));
                    at++;
                }
                ranges.set(e * MixtureKernels.RANGE + 2, at);
            }
        }

        /** Choices lie scattered: 7 has no factor in common with their number. */
        private int choiceAt(int place) {
            return place * 7 % choices;
        }

        private Tensor tensor(TensorType type) {
            MemorySegment data = MemorySegment.ofArray(new byte[Math.toIntExact(type.bytes((long) rows * cols))]);
            float[] row = new float[cols];
            for (int r = 0; r < rows; r++) {
                for (int i = 0; i < cols; i++) {
                    row[i] = (float) (random.nextGaussian() * (r % 3 == 1 ? 1e-3 : 1));
                }
                Blocks.encode(type, row, 0, data, r * type.bytes(cols), cols);
            }
            return new Tensor("w", type, new long[] {rows, cols}, data);
        }

        void onTheHost() {
            PackedMatrix m = packed;
            switch (m.type()) {
                case F32 -> ExpertProducts.withFloats(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
                case F16 -> ExpertProducts.withHalves(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
                case BF16 -> ExpertProducts.withRelative(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
                case Q8_0 -> ExpertProducts.withBytes(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
                case Q4_0, Q4_1, Q4_K -> ExpertProducts.withNibbles(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
                case Q5_0, Q5_1, Q5_K, Q6_K -> ExpertProducts.withWide(ranges, order, x, m.words(), m.scales(), panels, out, STRIPES,
                        experts, rows, cols, m.format(), MixtureKernels.CHOICE, PanelProducts.LANES, width);
            }
            check(null);
        }

        void inGroupsOnTheHost() {
            int kind = Elements.kind(packed.type());
            HostGroup.run(experts * packed.groups(), HOST_GROUP, context -> ExpertGroupProducts.expertGroups(context, ranges, order, x,
                    packed.words(), packed.scales(), out, HOST_GROUP / PackedMatrix.LANES, rows, cols, kind, packed.format(),
                    MixtureKernels.CHOICE, PanelProducts.LANES, width));
            check(null);
        }

        /** @param onHost what the same kernel makes of it as Java */
        void onADevice(ProductSteps.Form form, float[] onHost) {
            try (GraphChain chain = new GraphChain(GROUP)) {
                Steps steps = chain.next("experts");
                steps.own(ranges, order, x, panels, out);
                new ExpertSteps(steps, form, ranges, order, panels, experts)
                        .product("product", packed, x, MixtureKernels.CHOICE, out, PanelProducts.LANES, width);
                steps.fetch(out);
                chain.open(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), () -> { });
            }
            check(onHost);
        }

        private void check(float[] other) {
            float[] decoded = new float[cols];
            for (int e = 0; e < experts; e++) {
                for (int r = 0; r < rows; r++) {
                    tensors.get(experts + e).decodeRow(r, decoded, 0);
                    for (int place = ranges.get(e * MixtureKernels.RANGE + 1); place < ranges.get(e * MixtureKernels.RANGE + 2); place++) {
                        check(e, r, choiceAt(place), decoded, other);
                    }
                }
            }
            for (int i = 0; i < out.getSize(); i++) {
                int column = i % width - PanelProducts.LANES;
                if (i / width == choices || column < 0 || column >= BatchArrays.padded(rows)) {
                    assertEquals(UNTOUCHED, out.get(i), "row " + i / width + ", column " + column);
                }
            }
        }

        private void check(int expert, int row, int choice, float[] decoded, float[] other) {
            double sum = 0;
            double size = 0;
            for (int i = 0; i < cols; i++) {
                double term = (double) decoded[i] * x.get(choice * cols + i);
                sum += term;
                size += Math.abs(term);
            }
            int at = choice * width + PanelProducts.LANES + row;
            String where = "expert " + expert + ", row " + row + ", choice " + choice;
            assertEquals(sum, out.get(at), TOLERANCE * size, where);
            if (other != null) {
                assertEquals(other[at], out.get(at), TOLERANCE * size, where + " beside the host");
            }
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void onTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {16, 32}, {33, 33}, {40, 207}}) {
            new Case(type, size[0], size[1]).onTheHost();
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void inGroupsOnTheHost(TensorType type) {
        onHost(ProductSteps.Form.GROUPS, type, 17, 35);
    }

    private static float[] onHost(ProductSteps.Form form, TensorType type, int rows, int cols) {
        return form == ProductSteps.Form.GROUPS
                ? (float[]) Apart.call(ExpertProductsTest.class, "runOnHost", form.name(), type.name(), rows, cols)
                : runOnHost(form.name(), type.name(), rows, cols);
    }

    /** Called by name, in a class loader of its own, too. */
    static float[] runOnHost(String form, String type, int rows, int cols) {
        Case c = new Case(TensorType.valueOf(type), rows, cols);
        if (ProductSteps.Form.valueOf(form) == ProductSteps.Form.GROUPS) {
            c.inGroupsOnTheHost();
        } else {
            c.onTheHost();
        }
        return c.out.toHeapArray();
    }

    /** The kernels for FPGAs take tokens one by one. */
    private static Stream<Arguments> everyType() {
        return Arrays.stream(TensorType.values()).flatMap(type -> Stream.of(ProductSteps.Form.LANES, ProductSteps.Form.GROUPS)
                .map(form -> Arguments.of(type, form)));
    }

    @ParameterizedTest
    @MethodSource("everyType")
    @Tag("device")
    void onADevice(TensorType type, ProductSteps.Form form) {
        DeviceUnderTest.require();
        new Case(type, 33, 207).onADevice(form, onHost(form, type, 33, 207));
    }
}
