package dev.qyclone.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.model.ModelLoader;
import dev.qyclone.engine.model.PublishedShape;
import dev.qyclone.engine.model.SyntheticModel;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.tensor.TensorType;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ModelNeedsTest {
    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"tiny", "tiny-moe", "tiny-qwen1"})
    void theRolesOfAModelAreAllItsWeights(String shape) {
        Path file = folder.resolve("model.gguf");
        SyntheticModel.write(PublishedShape.ofName(shape).orElseThrow(), TensorType.Q8_0, 1, file, (done, total) -> { });
        try (Model model = ModelLoader.load(file)) {
            ModelNeeds needs = ModelNeeds.of(model);
            Footprint footprint = Footprint.of(model, KvType.F32);
            assertEquals(footprint.layers(), needs.layers().stream().map(LayerNeeds::weights).toList());
            assertEquals(footprint.embedding(), needs.embedding());
            assertEquals(model.tied(), needs.tied());
            boolean mixture = model.config().mixture().experts() > 0;
            List<String> roles = needs.layers().getFirst().roles().stream().map(WeightRole::name).toList();
            assertEquals(mixture, roles.contains("gate_up_exps"), roles.toString());
            assertEquals(!mixture, roles.contains("gate_up"), roles.toString());
            Machine machine = Invented.machine(Invented.GIB, Invented.gpu("cuda:0:0", Invented.GIB));
            Plan plan = Planner.plan(Profile.allOn("cuda:0:0", "here"), needs, machine, PlanRequest.of(32, 8));
            assertTrue(plan.rows().get(1).weights() >= footprint.layers().stream().mapToLong(Long::longValue).sum(), plan.toString());
        }
    }
}
