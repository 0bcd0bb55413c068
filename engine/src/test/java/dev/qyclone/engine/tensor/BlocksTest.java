package dev.qyclone.engine.tensor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.qyclone.engine.error.EngineException;
import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

class BlocksTest {
    /** Half a step of the sub-block, with room for halves rounded up and for the decoding itself. */
    private static final float K_TYPES_ERROR_IN_STEPS = 0.5f * 1.02f;
    /** Largest error over the largest magnitude of a block of normally distributed values, by type. */
    private static final float Q4_K_RELATIVE_ERROR = 0.08f;
    private static final float Q5_K_RELATIVE_ERROR = 0.04f;
    private static final float Q6_K_RELATIVE_ERROR = 0.02f;

    record Case(String type, byte[] bytes, float[] floats) {
        @Override
        public String toString() {
            return type + " " + HexFormat.of().formatHex(bytes, 0, Math.min(6, bytes.length));
        }
    }

    static Stream<Case> decoded() {
        List<Case> cases = new ArrayList<>();
        for (JsonNode node : resource("ggml-dequant.json").get("cases")) {
            if (!node.get("type").asText().equals("Q8_0_quantize")) {
                cases.add(new Case(node.get("type").asText(), bytes(node.get("block_bytes_hex")), floats(node.get("f32_bits_hex"))));
            }
        }
        for (JsonNode node : resource("gguf-blocks.json").get("decode")) {
            cases.add(new Case(node.get("type").asText(), bytes(node.get("bytes_hex")), floats(node.get("f32_bits_hex"))));
        }
        return cases.stream();
    }

    static Stream<Case> encoded() {
        List<Case> cases = new ArrayList<>();
        for (JsonNode node : resource("ggml-dequant.json").get("cases")) {
            if (node.get("type").asText().equals("Q8_0_quantize")) {
                cases.add(new Case("Q8_0", bytes(node.get("bytes_hex")), floats(node.get("input_f32_bits_hex"))));
            }
        }
        for (JsonNode node : resource("gguf-blocks.json").get("encode")) {
            cases.add(new Case(node.get("type").asText(), bytes(node.get("bytes_hex")), floats(node.get("input_f32_bits_hex"))));
        }
        return cases.stream();
    }

    @Test
    void vectorsCoverEveryTypeButF32() {
        Set<TensorType> seen = EnumSet.noneOf(TensorType.class);
        decoded().forEach(c -> seen.add(TensorType.valueOf(c.type)));
        assertEquals(EnumSet.complementOf(EnumSet.of(TensorType.F32)), seen);
    }

    @ParameterizedTest
    @MethodSource("decoded")
    void decodesBitForBit(Case vector) {
        // Unaligned, into the middle of the target.
        MemorySegment source = MemorySegment.ofArray(new byte[vector.bytes.length + 3]).asSlice(3);
        MemorySegment.copy(MemorySegment.ofArray(vector.bytes), 0, source, 0, vector.bytes.length);
        float[] target = new float[vector.floats.length + 7];
        Blocks.decode(TensorType.valueOf(vector.type), source, 0, target, 5, vector.floats.length);
        assertArrayEquals(bits(vector.floats), bits(Arrays.copyOfRange(target, 5, 5 + vector.floats.length)));
        assertEquals(0, target[4]);
        assertEquals(0, target[5 + vector.floats.length]);
    }

    @ParameterizedTest
    @MethodSource("encoded")
    void encodesBitForBit(Case vector) {
        byte[] target = new byte[vector.bytes.length + 4];
        Blocks.encode(TensorType.valueOf(vector.type), vector.floats, 0, MemorySegment.ofArray(target), 3, vector.floats.length);
        assertArrayEquals(vector.bytes, Arrays.copyOfRange(target, 3, 3 + vector.bytes.length));
        assertEquals(0, target[2]);
        assertEquals(0, target[target.length - 1]);
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
    void superBlocksAreOffByHalfAStepAtMost(TensorType type) {
        Random random = new Random(11);
        int group = type == TensorType.Q6_K ? 16 : 32;
        int steps = switch (type) {
            case Q4_K -> 15;
            case Q5_K -> 31;
            default -> 62;
        };
        float bound = switch (type) {
            case Q4_K -> Q4_K_RELATIVE_ERROR;
            case Q5_K -> Q5_K_RELATIVE_ERROR;
            default -> Q6_K_RELATIVE_ERROR;
        };
        for (int round = 0; round < 200; round++) {
            float[] values = new float[512];
            float scale = (float) Math.pow(10, random.nextInt(-1, 3));
            for (int i = 0; i < values.length; i++) {
                values[i] = scale * (float) random.nextGaussian();
            }
            float[] back = roundTrip(type, values);
            float largest = max(values);
            for (int i = 0; i < values.length; i++) {
                assertTrue(Math.abs(values[i] - back[i]) <= bound * largest, type + " " + values[i] + " became " + back[i]);
            }
            for (int g = 0; g < values.length / group; g++) {
                float[] in = Arrays.copyOfRange(values, g * group, (g + 1) * group);
                // The step is the range over the levels, plus what rounding scales (7 bits) or scales and minima (6 bits) up adds.
                float coarsest = type == TensorType.Q6_K
                        ? max(in) / 31 + largest / 31 / 127
                        : (Math.max(0, greatest(in)) + Math.max(0, greatest(negated(in))) + 3 * largest / 63) / steps;
                for (int i = 0; i < group; i++) {
                    float error = Math.abs(in[i] - back[g * group + i]);
                    assertTrue(error <= coarsest * K_TYPES_ERROR_IN_STEPS, type + ": " + error + " above half of " + coarsest);
                }
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void zerosStayZeros(TensorType type) {
        for (float value : roundTrip(type, new float[256])) {
            assertEquals(0, Math.abs(value));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"Q4_K", "Q5_K", "Q6_K"})
    void constantBlocksSurvive(TensorType type) {
        for (float constant : new float[] {1, -1, 1e-4f, 300}) {
            float[] values = new float[256];
            Arrays.fill(values, constant);
            for (float value : roundTrip(type, values)) {
                assertEquals(constant, value, Math.abs(constant) * Q4_K_RELATIVE_ERROR, type + " " + constant);
            }
        }
    }

    @Test
    void partsOfBlocksAreRefused() {
        EngineException e = assertThrows(EngineException.class,
                () -> Blocks.decode(TensorType.Q4_K, MemorySegment.ofArray(new byte[144]), 0, new float[256], 0, 32));
        assertTrue(e.getMessage().contains("a multiple of 256"), e.getMessage());
    }

    @ParameterizedTest
    @EnumSource
    void readsNothingBeyondTheSource(TensorType type) {
        MemorySegment source = MemorySegment.ofArray(new byte[type.blockBytes()]);
        assertThrows(IndexOutOfBoundsException.class,
                () -> Blocks.decode(type, source, 1, new float[type.blockSize()], 0, type.blockSize()));
        assertThrows(IndexOutOfBoundsException.class,
                () -> Blocks.decode(type, source, 0, new float[type.blockSize()], 1, type.blockSize()));
        assertThrows(IndexOutOfBoundsException.class,
                () -> Blocks.encode(type, new float[type.blockSize()], 0, source, 1, type.blockSize()));
    }

    private static float[] roundTrip(TensorType type, float[] values) {
        MemorySegment stored = MemorySegment.ofArray(new byte[(int) type.bytes(values.length)]);
        // Old contents must not shine through.
        stored.fill((byte) 0xA5);
        Blocks.encode(type, values, 0, stored, 0, values.length);
        float[] back = new float[values.length];
        Blocks.decode(type, stored, 0, back, 0, values.length);
        return back;
    }

    private static float max(float[] values) {
        return Math.max(greatest(values), greatest(negated(values)));
    }

    private static float greatest(float[] values) {
        float greatest = values[0];
        for (float value : values) {
            greatest = Math.max(greatest, value);
        }
        return greatest;
    }

    private static float[] negated(float[] values) {
        float[] negated = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            negated[i] = -values[i];
        }
        return negated;
    }

    private static int[] bits(float[] floats) {
        int[] bits = new int[floats.length];
        for (int i = 0; i < floats.length; i++) {
            bits[i] = Float.floatToRawIntBits(floats[i]);
        }
        return bits;
    }

    private static byte[] bytes(JsonNode hex) {
        return HexFormat.of().parseHex(hex.asText());
    }

    private static float[] floats(JsonNode hexBits) {
        float[] floats = new float[hexBits.size()];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = Float.intBitsToFloat(Integer.parseUnsignedInt(hexBits.get(i).asText(), 16));
        }
        return floats;
    }

    private static JsonNode resource(String name) {
        try (InputStream stream = BlocksTest.class.getResourceAsStream("/vectors/" + name)) {
            return new ObjectMapper().readTree(stream);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
