package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.stage.KvType;
import dev.qyclone.tasks.AttentionRig.Shape;
import java.util.Collections;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import uk.ac.manchester.tornado.api.runtime.TornadoRuntimeProvider;

/** Rope and attention kernels against ScalarOps: whole prompts, tails and single tokens, over odd sizes and every policy. */
class AttentionKernelsTest {
    /** Largest difference to sums in double, of outputs around 1. */
    private static final float TOLERANCE = 1.5e-5f;
    /** The same where a key or value may fall on the other side of a half's rounding border. */
    private static final float HALF_TOLERANCE = 5e-4f;

    static Stream<Arguments> cases() {
        return AttentionForm.shapes().flatMap(shape -> Stream.of(shape, shape.halves()))
                .flatMap(shape -> Stream.of(AttentionForm.values()).filter(form -> form.takes(shape) && form.quickOnHost(shape))
                        .map(form -> Arguments.of(form, shape)));
    }

    /** Each costs two kernels to compile: every policy and kind of shape once for each form; the host has all of the shapes. */
    static Stream<Arguments> deviceCases() {
        Shape small = new Shape(4, 2, 6, List.of(33, 1, 7)).windowed(5);
        Stream<Arguments> deep = Stream.of(AttentionForm.DEEP, AttentionForm.DEEP_WINDOW, AttentionForm.DEEP_CHUNKS)
                .flatMap(shape -> Stream.of(Arguments.of(AttentionForm.SPLIT_LANES, shape),
                        Arguments.of(AttentionForm.SPLIT_LANES, shape.halves()), Arguments.of(AttentionForm.SPLIT_GROUPS, shape)));
        Stream<Arguments> lanes = Stream.concat(deep, deviceShapes().map(shape -> Arguments.of(AttentionForm.LANES, shape)));
        return Stream.concat(lanes, Stream.of(
                Arguments.of(AttentionForm.PLAIN, small), Arguments.of(AttentionForm.PLAIN, small.halves()),
                Arguments.of(AttentionForm.PLAIN, new Shape(4, 2, 16, List.of(70, 1, 40)).chunked(12, 5)),
                Arguments.of(AttentionForm.LANES, small.halves()),
                Arguments.of(AttentionForm.GROUPS, small), Arguments.of(AttentionForm.GROUPS, small.halves()),
                Arguments.of(AttentionForm.GROUPS, new Shape(4, 2, 128, List.of(207, 1))),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(14, 2, 64, Collections.nCopies(18, 1))),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(5, 1, 80, Collections.nCopies(17, 1))),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(18, 2, 6, Collections.nCopies(5, 1)).halves()),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(4, 2, 6, Collections.nCopies(70, 1)).windowed(5)),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(4, 2, 16, Collections.nCopies(40, 1)).windowed(1)),
                Arguments.of(AttentionForm.SPLIT_LANES, new Shape(4, 2, 16, Collections.nCopies(45, 1)).chunked(12, 5)),
                Arguments.of(AttentionForm.SPLIT_GROUPS, new Shape(2, 1, 16, Collections.nCopies(100, 1))),
                Arguments.of(AttentionForm.SPLIT_GROUPS, new Shape(14, 2, 64, Collections.nCopies(3, 1))),
                Arguments.of(AttentionForm.SPLIT_GROUPS, new Shape(18, 2, 6, Collections.nCopies(5, 1)).halves()),
                Arguments.of(AttentionForm.SPLIT_GROUPS, new Shape(4, 2, 6, Collections.nCopies(70, 1)).windowed(5)),
                Arguments.of(AttentionForm.SPLIT_GROUPS, new Shape(4, 2, 16, Collections.nCopies(45, 1)).chunked(12, 5)),
                Arguments.of(AttentionForm.LANES, new Shape(4, 2, 16, List.of(70, 1, 40)).chunked(12, 5).halves())));
    }

    private static Stream<Shape> deviceShapes() {
        List<Integer> calls = List.of(33, 1, 7, 1, 31);
        return Stream.of(
                new Shape(1, 1, 2, List.of(1, 1)),
                new Shape(2, 1, 6, calls),
                new Shape(14, 2, 64, calls),
                new Shape(5, 1, 80, List.of(1, 17, 1)),
                new Shape(4, 2, 128, List.of(207, 1)),
                new Shape(4, 2, 16, calls).windowed(1),
                new Shape(7, 1, 32, List.of(40, 1, 1, 40, 13, 1)).windowed(33),
                new Shape(4, 2, 16, List.of(70, 1, 40)).chunked(40, 8),
                new Shape(6, 2, 16, List.of(70, 1, 40)).chunked(4, 1));
    }

    @ParameterizedTest
    @MethodSource("cases")
    void onTheHostAsScalarOps(AttentionForm form, Shape shape) {
        assertClose(new AttentionRig(shape).expected(), onHost(form, shape), tolerance(shape));
    }

    @ParameterizedTest
    @MethodSource("deviceCases")
    @Tag("device")
    void onADeviceAsScalarOps(AttentionForm form, Shape shape) {
        DeviceUnderTest.require();
        List<float[]> onDevice = form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(), new AttentionRig(shape));
        assertClose(new AttentionRig(shape).expected(), onDevice, tolerance(shape));
        if (form.quickOnHost(shape)) {
            assertClose(onHost(form, shape), onDevice, tolerance(shape));
        }
    }

    /** Windows that leave the broken key again, and a context without, whose keys are shared out. */
    static Stream<Arguments> brokenKeys() {
        Shape prompt = new Shape(4, 2, 6, List.of(33, 1, 7)).windowed(5);
        Shape tokens = new Shape(4, 2, 6, Collections.nCopies(70, 1)).windowed(5);
        Shape shared = new Shape(2, 1, 16, Collections.nCopies(100, 1));
        return Stream.of(AttentionForm.values()).flatMap(form -> form.takes(prompt)
                ? Stream.of(Arguments.of(form, prompt), Arguments.of(form, prompt.halves()))
                : Stream.of(Arguments.of(form, tokens), Arguments.of(form, tokens.halves()), Arguments.of(form, shared),
                        Arguments.of(form, AttentionForm.DEEP)));
    }

    /** Else the key would only be left out: many devices' maximum passes over NaN, and a comparison with it is false. */
    @ParameterizedTest
    @MethodSource("brokenKeys")
    @Tag("device")
    void aKeyThatIsNoNumberMakesAllThatSeesItNone(AttentionForm form, Shape shape) {
        DeviceUnderTest.require();
        List<float[]> expected = new AttentionRig(shape).withBrokenKey(31).expected();
        assertTrue(expected.stream().anyMatch(out -> Float.isNaN(out[out.length - 1])) && !Float.isNaN(expected.getFirst()[0]));
        List<float[]> actual = form.runOn(TornadoRuntimeProvider.getTornadoRuntime().getDefaultDevice(),
                new AttentionRig(shape).withBrokenKey(31));
        for (int call = 0; call < expected.size(); call++) {
            assertArrayEquals(expected.get(call), actual.get(call), tolerance(shape), "call " + call);
        }
    }

    @SuppressWarnings("unchecked")
    private static List<float[]> onHost(AttentionForm form, Shape shape) {
        int index = AttentionForm.shapes().map(Shape::toString).toList().indexOf(shape.exact().toString());
        return (List<float[]>) Apart.call(AttentionForm.class, "runApart", form.name(), index, shape.kv() == KvType.F16);
    }

    private static float tolerance(Shape shape) {
        return shape.kv() == KvType.F16 ? HALF_TOLERANCE : TOLERANCE;
    }

    private static void assertClose(List<float[]> expected, List<float[]> actual, float tolerance) {
        for (int call = 0; call < expected.size(); call++) {
            assertEquals(expected.get(call).length, actual.get(call).length);
            for (int i = 0; i < expected.get(call).length; i++) {
                float got = actual.get(call)[i];
                // A NaN is not within any tolerance.
                assertTrue(Math.abs(expected.get(call)[i] - got) <= tolerance,
                        "call " + call + ", element " + i + ": " + got + " for " + expected.get(call)[i]);
            }
        }
    }
}
