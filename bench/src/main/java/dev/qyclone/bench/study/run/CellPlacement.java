package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Planner;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Places a cell's layers: in even shares, and nowhere else than the cell says. */
final class CellPlacement {
    private static final String ORIGIN = "the study's cell";

    private CellPlacement() {
    }

    /** @throws dev.qyclone.engine.error.EngineException OUT_OF_MEMORY if a device cannot hold its share */
    static Plan plan(Model model, CellTarget target, List<Device> devices, int positions, int batch) {
        KernelFamily family = KernelFamily.valueOf(target.kernels().toUpperCase(Locale.ROOT));
        LayerOptions options = new LayerOptions(null, LayerOptions.UNSAID, new KernelChoice(family, 0));
        List<LayerRule> rules = new ArrayList<>();
        int count = devices.size();
        for (int i = 0; i < count; i++) {
            LayerRange share = count == 1 ? new LayerRange.All() : new LayerRange.Share(100 * i / count, 100 * (i + 1) / count);
            rules.add(new LayerRule(share, new Target.One(devices.get(i).id()), options, ORIGIN));
        }
        Profile profile = new Profile("study", rules, new Choice(devices.getFirst().id(), ORIGIN),
                new Choice(devices.getLast().id(), ORIGIN), List.of(), null, Profile.UNSAID, 0);
        PlanRequest request = PlanRequest.of(positions, batch).withStrict(true).withExact(true);
        return Planner.plan(profile, ModelNeeds.of(model), Machine.of(devices.stream().distinct().toList()), request);
    }

    /** Such as {@code 0-3 cpu, 4-6 opencl:0:0; output opencl:0:0}. */
    static String words(Placement placement) {
        String layers = placement.runs().stream()
                .map(run -> run.firstLayer() + "-" + (run.firstLayer() + run.count() - 1) + " " + run.device().id())
                .collect(Collectors.joining(", "));
        return layers + "; output " + placement.output().id();
    }
}
