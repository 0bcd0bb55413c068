package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.params.provider.Arguments.arguments;

import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.TensorType;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Bytes and operations of kernels, counted by hand for tiny shapes: dim 256, 4 heads and 2 key heads of 64, ffnDim 512. */
class KernelWorkTest {
    private static final int DEPTH = 70;
    /** Experts whose weights are read. */
    private static final int READ = 5;

    private static KernelCase which(KernelCase.Kind kind, KvType kvType, int tokens) {
        ModelConfig shape = switch (kind) {
            case ROUTER, EXPERTS -> PublishedShape.TINY_MOE.config();
            case COPY, MULTIPLY_ADD, PRODUCT, NORM, ROPE, ATTENTION, PANELS, TOKENS_PRODUCT, SWIGLU, LOGITS, LARGEST, LAYER ->
                PublishedShape.TINY.config();
        };
        return new KernelCase(kind, shape, TensorType.Q8_0, kvType, KernelFamily.PARALLEL, tokens, DEPTH);
    }

    static Stream<Arguments> works() {
        KvType floats = KvType.F32;
        return Stream.of(
                // rows of 256 floats in and out; a square and its sum, and two factors
                arguments(which(KernelCase.Kind.NORM, floats, 3), 3 * 2 * 256 * 4, 3 * 256 * 4),
                // queries, keys and values in, queries out, keys and values kept; six operations a pair of 256 + 128 numbers
                arguments(which(KernelCase.Kind.ROPE, floats, 1), (512 + 256 + 256) * 4, 3 * 384),
                arguments(which(KernelCase.Kind.ROPE, KvType.F16, 3), 3 * ((512 + 256) * 4 + 256 * 2), 3 * 3 * 384),
                // keys and values of 70 positions, once; four heads of 64 through 70 of each, those of the two tokens before through fewer
                arguments(which(KernelCase.Kind.ATTENTION, floats, 1), 70 * 256 * 4, 70 * 256 * 4),
                arguments(which(KernelCase.Kind.ATTENTION, KvType.F16, 3), 70 * 256 * 2, (68 + 69 + 70) * 256 * 4),
                // 34 bytes for 32 weights
                arguments(which(KernelCase.Kind.PANELS, floats, 3), 1024 * 256 / 32 * 34 + 1024 * 256 * 4, 0),
                arguments(which(KernelCase.Kind.TOKENS_PRODUCT, floats, 3), 1024 * 256 / 32 * 34, 3 * 2 * 1024 * 256),
                arguments(which(KernelCase.Kind.SWIGLU, floats, 3), 3 * (1024 + 512) * 4, 3 * 512 * 4),
                // of 8 experts, by floats
                arguments(which(KernelCase.Kind.ROUTER, floats, 3), (8 * 256 + 3 * 8) * 4, 3 * (2 * 8 * 256 + 8)),
                // each token through two, of three matrices
                arguments(which(KernelCase.Kind.EXPERTS, floats, 3), READ * 3 * 256 * 256 / 32 * 34, 3 * 2 * 2 * 3 * 256 * 256));
    }

    @ParameterizedTest
    @MethodSource("works")
    void whatAStepMovesAndComputes(KernelCase which, long bytes, double operations) {
        try (RandomLayer random = new RandomLayer(which.shape(), which.type(), 1)) {
            AttentionPolicy policy = new AttentionPolicies(random.model().config()).forPrompt(1).getFirst();
            assertEquals(new KernelWork(bytes, operations), KernelWork.of(which, random.model().layers().getFirst(), policy, READ));
        }
    }

    /** In a shorter text the first row begins it. */
    @Test
    void theLastTokenIsAtTheDepth() {
        assertEquals(DEPTH - 3, KernelWork.position(which(KernelCase.Kind.ATTENTION, KvType.F32, 3)));
        assertEquals(0, KernelWork.position(which(KernelCase.Kind.ATTENTION, KvType.F32, DEPTH + 1)));
    }

    @Test
    void aStepIsKnownByItsNameInEachGraph() {
        KernelCase attention = which(KernelCase.Kind.ATTENTION, KvType.F32, 1);
        for (String name : new String[] {"attention", "rope_attention", "attention_merge"}) {
            assertTrue(KernelWork.steps(attention).matcher(name).matches(), name);
        }
        assertFalse(KernelWork.steps(which(KernelCase.Kind.ROPE, KvType.F32, 1)).matcher("rope_attention").matches());
        assertFalse(KernelWork.steps(which(KernelCase.Kind.NORM, KvType.F32, 1)).matcher("ffn_norm_gate_up").matches());
        // A single token's shared expert has a step of that name, which is another kernel.
        assertTrue(KernelWork.steps(which(KernelCase.Kind.TOKENS_PRODUCT, KvType.F32, 2)).matcher("shared_gate_up").matches());
        assertFalse(KernelWork.steps(which(KernelCase.Kind.TOKENS_PRODUCT, KvType.F32, 1)).matcher("shared_gate_up").matches());
    }

    @Test
    void whatIsNoStepOfALayerIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> KernelWork.steps(which(KernelCase.Kind.LAYER, KvType.F32, 1)));
    }
}
