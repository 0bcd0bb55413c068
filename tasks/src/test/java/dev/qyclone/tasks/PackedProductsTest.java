package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.ProductCase.Does;
import dev.qyclone.tasks.kernels.HostArrays;
import dev.qyclone.tasks.kernels.PackedMatrix;
import dev.qyclone.tasks.kernels.PanelProducts;
import java.util.Arrays;
import java.util.Collections;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of packed weights against sums in double over the decoded rows, and on a device against the same kernel as Java on the host. */
class PackedProductsTest {
    private static final double MEMORY = 1.12;

    /** A case of one type: twice as many rows where half of them are gates. */
    private static ProductCase caseOf(TensorType type, Does does, int rows, int cols) {
        int tensors = does == Does.GATE ? 2 : 1;
        return new ProductCase(Collections.nCopies(tensors, type), Collections.nCopies(tensors, rows), ProductCase.blocksUpTo(type, cols));
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void onTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {31, 32}, {33, 33}, {32, 207}, {18, 896}, {3, 4864}}) {
            runOnHost(ProductSteps.Form.LANES, type, Does.ADD, size[0], size[1]);
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void rowByRowOnTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {33, 33}, {18, 896}}) {
            runOnHost(ProductSteps.Form.ROWS, type, Does.ADD, size[0], size[1]);
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void byGroupsOnTheHost(TensorType type) {
        for (int[] size : new int[][] {{1, 1}, {7, 31}, {33, 207}}) {
            onHost(ProductSteps.Form.GROUPS, type, Does.ADD, size[0], size[1]);
        }
    }

    private static float[] onHost(ProductSteps.Form form, TensorType type, Does does, int rows, int cols) {
        return form == ProductSteps.Form.GROUPS
                ? (float[]) Apart.call(PackedProductsTest.class, "runApart", form.name(), type.name(), does.name(), rows, cols)
                : runOnHost(form, type, does, rows, cols);
    }

    /** For a class loader of its own. */
    static float[] runApart(String form, String type, String does, int rows, int cols) {
        return runOnHost(ProductSteps.Form.valueOf(form), TensorType.valueOf(type), Does.valueOf(does), rows, cols);
    }

    private static float[] runOnHost(ProductSteps.Form form, TensorType type, Does does, int rows, int cols) {
        try (ProductCase one = caseOf(type, does, rows, cols)) {
            return one.runOnHost(form, does);
        }
    }

    private static Stream<Arguments> everyType() {
        return Arrays.stream(TensorType.values()).flatMap(type -> Arrays.stream(ProductSteps.Form.values())
                .map(form -> Arguments.of(type, form)));
    }

    /** Every role at an odd size of its own, since each costs a kernel to compile; the host has all of the sizes. */
    @ParameterizedTest
    @MethodSource("everyType")
    @Tag("device")
    void addedBiasedAndGated(TensorType type, ProductSteps.Form form) {
        asOnTheHost(form, type, Does.ADD, 31, 7);
        asOnTheHost(form, type, Does.BIAS, 33, 207);
        asOnTheHost(form, type, Does.GATE, 33, 896);
    }

    /** One row, one column; a vector longer than a work-group takes in one go. */
    @ParameterizedTest
    @EnumSource(ProductSteps.Form.class)
    @Tag("device")
    void smallestAndLongest(ProductSteps.Form form) {
        asOnTheHost(form, TensorType.F32, Does.ADD, 1, 1);
        asOnTheHost(form, TensorType.F16, Does.ADD, 3, 4864);
    }

    private void asOnTheHost(ProductSteps.Form form, TensorType type, Does does, int rows, int cols) {
        DeviceUnderTest.require();
        try (ProductCase one = caseOf(type, does, rows, cols)) {
            one.runOnDevice(form, does, onHost(form, type, does, rows, cols));
        }
    }

    @ParameterizedTest
    @EnumSource(TensorType.class)
    void packedWeightsTakeLittleMoreThanTheFile(TensorType type) {
        long stored = type.bytes(896L * 4864);
        assertTrue(PackedMatrix.bytes(type, 896, 4864) <= MEMORY * stored, type + " " + PackedMatrix.bytes(type, 896, 4864));
        try (HostArrays arrays = new HostArrays()) {
            PackedMatrix packed = new PackedMatrix(type, 1, 16, 256, (slice, row) -> null, arrays);
            assertEquals(PackedMatrix.bytes(type, 16, 256), 4L * (packed.words().getSize() + packed.scales().getSize())
                    - (new PackedSizes(packed).unused()));
        }
    }

    /** An array that a type does not need has one element. */
    private record PackedSizes(PackedMatrix packed) {
        long unused() {
            return IntStream.of(packed.words().getSize(), packed.scales().getSize()).filter(size -> size == 1).count() * 4;
        }
    }

    @Test
    void panelsAreSixteenRows() {
        assertEquals(PanelProducts.LANES, PackedMatrix.LANES);
    }
}
