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
import org.junit.jupiter.params.provider.CsvSource;
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

    static Stream<Arguments> everyPair() {
        return Arrays.stream(TensorType.values()).flatMap(type -> Arrays.stream(TensorType.values()).filter(other -> other != type)
                .map(other -> Arguments.of(type, other)));
    }

    static Stream<Arguments> everyPairOfBlocks() {
        return blockTypes().flatMap(type -> blockTypes().filter(other -> other != type).map(other -> Arguments.of(type, other)));
    }

    @ParameterizedTest
    @MethodSource("everyPairOfBlocks")
    void inVectorsOnTheHost(TensorType type, TensorType other) {
        for (Does does : List.of(Does.ADD, Does.BIAS)) {
            try (ProductCase one = caseOf(type, other, does)) {
                one.runOnHost(ProductSteps.Form.LANES, does);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"Q4_K,Q6_K,BIAS", "Q5_K,Q6_K,BIAS", "Q4_K,Q5_K,BIAS", "Q5_0,Q8_0,BIAS", "Q4_1,Q5_1,BIAS", "Q4_0,Q8_0,ADD", "Q6_K,Q5_0,ADD",
        "Q8_0,Q4_K,BIAS", "Q6_K,Q4_0,BIAS", "Q8_0,Q5_1,ADD", "Q4_0,Q4_K,BIAS"})
    @Tag("device")
    void inVectorsInOneLaunch(TensorType type, TensorType other, Does does) {
        DeviceUnderTest.require();
        try (ProductCase host = caseOf(type, other, does); ProductCase device = caseOf(type, other, does)) {
            float[] onHost = host.runOnHost(ProductSteps.Form.LANES, does);
            assertEquals(1, device.runOnDevice(ProductSteps.Form.LANES, does, onHost));
        }
    }

    @ParameterizedTest
    @MethodSource("everyPair")
    void onTheHost(TensorType type, TensorType other) {
        onHost(type, other, Does.BIAS);
        onHost(type, other, Does.GATE);
    }

    /** Columns and rows that fill no block and no group, where no type needs whole blocks. */
    static Stream<Arguments> severalTypes() {
        return Stream.of(
                Arguments.of("Q4_K,Q6_K,Q8_0", 256, Does.BIAS),
                Arguments.of("F32,Q4_0,F16", 32, Does.BIAS),
                Arguments.of("BF16,F16,F32", 33, Does.ADD),
                Arguments.of("Q8_0,BF16,Q8_0", 96, Does.BIAS),
                Arguments.of("F16,F32", 7, Does.GATE));
    }

    @ParameterizedTest
    @MethodSource("severalTypes")
    @Tag("device")
    void severalInOneLaunch(String types, int cols, Does does) {
        DeviceUnderTest.require();
        float[] onHost = (float[]) Apart.call(MixedProductsTest.class, "runApartOf", types, Integer.toString(cols), does.name());
        try (ProductCase one = caseOf(types, cols, does)) {
            assertEquals(1, one.runOnDevice(ProductSteps.Form.GROUPS, does, onHost));
        }
    }

    private static ProductCase caseOf(String types, int cols, Does does) {
        List<TensorType> all = Arrays.stream(types.split(",")).map(TensorType::valueOf).toList();
        return new ProductCase(all, does == Does.GATE ? List.of(33, 33) : List.of(20, 7, 18), cols);
    }

    /** For a class loader of its own. */
    static float[] runApartOf(String types, String cols, String does) {
        try (ProductCase one = caseOf(types, Integer.parseInt(cols), Does.valueOf(does))) {
            return one.runOnHost(ProductSteps.Form.GROUPS, Does.valueOf(does));
        }
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

    /**
     * By work-groups a step takes one launch, whatever its types; in vectors a third type has a launch of its own, and so have types that
     * are not in blocks, and ups beside gates of another type; row by row each type has, and so it is in a JVM whose limits are Graal's
     * defaults.
     */
    @ParameterizedTest
    @CsvSource({"LANES,true,2,2,2", "GROUPS,true,1,1,1", "ROWS,true,3,2,2", "LANES,false,3,2,2", "GROUPS,false,3,2,2"})
    @Tag("device")
    void inMore(ProductSteps.Form form, boolean mixed, int launches, int ofGates, int ofPlain) {
        DeviceUnderTest.require();
        List<TensorType> three = List.of(TensorType.Q4_K, TensorType.Q4_K, TensorType.Q6_K, TensorType.Q8_0);
        try (ProductCase stacked = new ProductCase(three, List.of(40, 20, 20, 18), 256);
                ProductCase gated = new ProductCase(List.of(TensorType.Q4_0, TensorType.Q8_0), List.of(40, 40), 96);
                ProductCase plain = new ProductCase(List.of(TensorType.Q8_0, TensorType.F16), List.of(40, 40), 96)) {
            assertEquals(launches, stacked.runOnDevice(form, mixed, Does.BIAS, null));
            assertEquals(ofGates, gated.runOnDevice(form, mixed, Does.GATE, null));
            assertEquals(ofPlain, plain.runOnDevice(form, mixed, Does.GATE, null));
        }
    }
}
