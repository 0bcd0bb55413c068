package dev.qyclone.cli;

import dev.qyclone.bench.tokens.BenchTarget;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.Placement;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Machine;
import dev.qyclone.profiles.ModelNeeds;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Planner;
import dev.qyclone.profiles.Profile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A device to measure, or several with {@code /} between them that share the layers evenly, the embedding on the first and the output on
 * the last. One that is named twice in a row gets two shares.
 *
 * @param host what all backends are made with
 * @param options of all stages
 * @param loader opens the model
 */
record DeviceTarget(String device, BackendOptions host, StageOptions options, Supplier<Model> loader) implements BenchTarget {
    @Override
    public int threads() {
        return host.threads();
    }

    @Override
    public KvType kvType() {
        return options.kvType();
    }

    @Override
    public String profile() {
        return "";
    }

    @Override
    public Opened open() {
        long start = System.nanoTime();
        Backends backends = Backends.discover(host);
        try {
            List<Device> chosen = Arrays.stream(device.split("/")).map(backends::device).toList();
            long found = System.nanoTime();
            Model model = loader.get();
            long loaded = System.nanoTime();
            Placement placement = place(model, chosen);
            long planned = System.nanoTime();
            Engine engine = Engine.open(model, backends, placement);
            return new Opened(engine, loaded - found, found - start + planned - loaded, System.nanoTime() - planned);
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
    }

    private Placement place(Model model, List<Device> chosen) {
        try {
            if (chosen.size() == 1) {
                Profile profile = Profile.allOn(chosen.getFirst().id(), "--device " + device).withKv(kvType());
                PlanRequest request = new PlanRequest(options.context(), options.batch(), options.sessions(), false, null,
                        options.repack(), options.exact());
                return Planner.plan(profile, ModelNeeds.of(model), Machine.of(chosen), request).placement();
            }
            int layers = model.config().layers();
            List<Placement.Run> runs = new ArrayList<>();
            int parts = Math.min(chosen.size(), layers);
            for (int i = 0, first = 0; i < parts; i++) {
                if (i + 1 < parts && chosen.get(i + 1).equals(chosen.get(i))) {
                    continue; // one stage with what comes next
                }
                int end = layers * (i + 1) / parts;
                runs.add(new Placement.Run(first, end - first, chosen.get(i), options, "an even share"));
                first = end;
            }
            return new Placement(chosen.getFirst(), runs, chosen.getLast(), options);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }
}
