package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.tensor.TensorType;
import dev.qyclone.tasks.ProductCase.Does;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Products with matrices of different types, as {@link PackedProductsTest} has those of one type; and how many launches they take. */
class MixedProductsTest {
    /** Two matrices of the first type below each other and one of the second, or gates and ups. */
    private static ProductCase caseOf(TensorType type, TensorType other, Does does) {
        int cols = 2 * Math.max(type.blockSize(), other.blockSize());
        return does == Does.GATE ? new ProductCase(List.of(type, other), List.of(33, 33), cols)
                : new ProductCase(List.of(type, type, other), List.of(20, 7, 18), cols);
    }

    private static Stream<TensorType> blockTypes() {
        return Arrays.stream(TensorType.values()).filter(type -> type.blockSize() > 1);
    }

    static Stream<Arguments> everyPairOfBlocks() {
        return blockTypes().flatMap(type -> blockTypes().filter(other -> other != type).map(other -> Arguments.of(type, other)));
    }

    @ParameterizedTest
    @MethodSource("everyPairOfBlocks")
    void onTheHost(TensorType type, TensorType other) {
        onHost(type, other, Does.BIAS);
        onHost(type, other, Does.GATE);
    }

    private static float[] onHost(TensorType type, TensorType other, Does does) {
        return (float[]) Apart.call(MixedProductsTest.class, "runApart", type.name(), other.name(), does.name());
    }

    /** For a class loader of its own. */
    static float[] runApart(String type, String other, String does) {
        try (ProductCase one = caseOf(TensorType.valueOf(type), TensorType.valueOf(other), Does.valueOf(does))) {
            return one.runOnHost(ProductSteps.Form.GROUPS, Does.valueOf(does));
        }
    }

    /** Pairs as published files have them, and others, so that each type is in both places; each costs a kernel to compile. */
    static Stream<Arguments> pairsOfBlocks() {
        return Stream.of(
                Arguments.of(TensorType.Q4_K, TensorType.Q6_K, Does.BIAS),
                Arguments.of(TensorType.Q5_K, TensorType.Q6_K, Does.BIAS),
                Arguments.of(TensorType.Q5_0, TensorType.Q8_0, Does.BIAS),
                Arguments.of(TensorType.Q8_0, TensorType.Q5_1, Does.ADD),
                Arguments.of(TensorType.Q4_0, TensorType.Q4_1, Does.GATE),
                Arguments.of(TensorType.Q5_1, TensorType.Q4_K, Does.GATE),
                Arguments.of(TensorType.Q6_K, TensorType.Q4_0, Does.BIAS),
                Arguments.of(TensorType.Q4_1, TensorType.Q5_K, Does.GATE));
    }

    @ParameterizedTest
    @MethodSource("pairsOfBlocks")
    @Tag("device")
    void inOneLaunch(TensorType type, TensorType other, Does does) {
        DeviceUnderTest.require();
        try (ProductCase one = caseOf(type, other, does)) {
            assertEquals(1, one.runOnDevice(ProductSteps.Form.GROUPS, does, onHost(type, other, does)));
        }
    }

    /** A third type, and types that are not in blocks, have launches of their own; in the other forms each type has. */
    @ParameterizedTest
    @EnumSource(ProductSteps.Form.class)
    @Tag("device")
    void inMore(ProductSteps.Form form) {
        DeviceUnderTest.require();
        List<TensorType> three = List.of(TensorType.Q4_K, TensorType.Q4_K, TensorType.Q6_K, TensorType.Q8_0);
        try (ProductCase stacked = new ProductCase(three, List.of(40, 20, 20, 18), 256);
                ProductCase gated = new ProductCase(List.of(TensorType.Q8_0, TensorType.F16), List.of(40, 40), 96)) {
            assertEquals(form == ProductSteps.Form.GROUPS ? 2 : 3, stacked.runOnDevice(form, Does.BIAS, null));
            assertEquals(2, gated.runOnDevice(form, Does.GATE, null));
        }
    }
}
