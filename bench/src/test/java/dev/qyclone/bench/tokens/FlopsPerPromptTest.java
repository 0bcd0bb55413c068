package dev.qyclone.bench.tokens;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.qyclone.engine.TinyModel;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FlopsPerPromptTest {
    @TempDir
    private Path folder;

    @Test
    void everyWeightTwiceAnIdAndWhatAttentionSees() {
        try (Model model = ModelLoader.load(TinyModel.write(folder, TensorType.F32))) {
            ModelConfig c = model.config();
            double layer = 2.0 * c.dim() * c.qDim() + 2.0 * c.dim() * c.kvDim() + 3.0 * c.dim() * c.ffnDim();
            double output = 2.0 * c.vocab() * c.dim();
            assertEquals(output + c.layers() * (2 * layer * 3 + 4 * c.qDim() * (1 + 2 + 3)), FlopsPerPrompt.of(model, 0, 3));
            assertEquals(output + c.layers() * (2 * layer + 4 * c.qDim() * 8), FlopsPerPrompt.of(model, 7, 1));
        }
    }
}
