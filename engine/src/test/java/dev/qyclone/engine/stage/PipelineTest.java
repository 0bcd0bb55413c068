package dev.qyclone.engine.stage;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.List;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;

/** The pipeline over invented stages: each layer applies a function to every element. */
class PipelineTest {
    private static final Device TOY = new Device("toy", DeviceKind.OTHER, "", "toy", 0, DeviceFacts.NONE, "");
    private static final CacheSpec SPEC = new CacheSpec(8, List.of());

    @Test
    void stagesRunInOrderFromEmbeddingToLogits() {
        try (Pipeline pipeline = pipeline(stage(0, 1, x -> 2 * x), stage(1, 2, x -> x + 1))) {
            HiddenStates x = pipeline.newHiddenStates(2);
            pipeline.forward(pipeline.openCaches(SPEC), new int[] {9, 3, 4}, 1, 2, 0, x);
            float[] logits = new float[2];
            pipeline.logits(x, 1, logits);
            assertArrayEquals(new float[] {9, 9}, logits);
        }
    }

    @Test
    void aStageThatBreaksIsNamed() {
        try (Pipeline pipeline = pipeline(stage(0, 3, x -> x), stage(3, 2, x -> x == 4 ? Double.NaN : x))) {
            EngineException e = assertThrows(EngineException.class, () ->
                    pipeline.forward(pipeline.openCaches(SPEC), new int[] {3, 4}, 0, 2, 0, pipeline.newHiddenStates(2)));
            assertEquals(ErrorCode.NON_FINITE, e.code());
            assertTrue(e.getMessage().contains("layers 3-4 on toy is not finite at row 1, column 0"), e.getMessage());
        }
    }

    @Test
    void logitsThatAreNotFiniteAreRefused() {
        try (Pipeline pipeline = pipeline(stage(0, 1, x -> x))) {
            HiddenStates x = pipeline.newHiddenStates(1).resize(1);
            x.data()[1] = Float.POSITIVE_INFINITY;
            EngineException e = assertThrows(EngineException.class, () -> pipeline.logits(x, 0, new float[2]));
            assertTrue(e.getMessage().contains("id 1"), e.getMessage());
        }
    }

    @Test
    void stagesMustCoverTheLayersWithoutGap() {
        assertThrows(IllegalArgumentException.class, () -> pipeline(stage(0, 2, x -> x), stage(3, 1, x -> x)));
    }

    private static Pipeline pipeline(LayerStage... stages) {
        return new Pipeline(2, new IdAsEmbedding(), List.of(stages), new HiddenAsLogits());
    }

    private static LayerStage stage(int first, int count, DoubleUnaryOperator function) {
        return new ElementwiseStage(first, count, function);
    }

    private record IdAsEmbedding() implements EmbeddingStage {
        @Override
        public Device device() {
            return TOY;
        }

        @Override
        public void forward(int[] ids, int from, HiddenStates x) {
            for (int i = 0; i < x.tokens() * x.dim(); i++) {
                x.data()[i] = ids[from + i / x.dim()];
            }
        }

        @Override
        public void close() {
        }
    }

    private record ElementwiseStage(int firstLayer, int layerCount, DoubleUnaryOperator function) implements LayerStage {
        @Override
        public Device device() {
            return TOY;
        }

        @Override
        public StageCache openCache(CacheSpec spec) {
            return new NoCache();
        }

        @Override
        public void forward(StageCache cache, HiddenStates x, int position) {
            for (int i = 0; i < x.tokens() * x.dim(); i++) {
                x.data()[i] = (float) function.applyAsDouble(x.data()[i]);
            }
        }

        @Override
        public void close() {
        }
    }

    private record HiddenAsLogits() implements OutputStage {
        @Override
        public Device device() {
            return TOY;
        }

        @Override
        public void logits(HiddenStates x, int row, float[] logits) {
            System.arraycopy(x.data(), row * x.dim(), logits, 0, x.dim());
        }

        @Override
        public int argmax(HiddenStates x, int row) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
        }
    }

    private record NoCache() implements StageCache {
        @Override
        public int length() {
            return 0;
        }

        @Override
        public int firstHeld() {
            return 0;
        }

        @Override
        public boolean canTruncate(int length) {
            return length == 0;
        }

        @Override
        public void truncate(int length) {
        }

        @Override
        public void copyFrom(StageCache source, int length) {
        }

        @Override
        public long bytes() {
            return 0;
        }

        @Override
        public void close() {
        }
    }
}
