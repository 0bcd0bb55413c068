package dev.qyclone.cli;

import dev.qyclone.bench.tokens.BenchTarget;
import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Profile;
import java.util.function.Supplier;

/**
 * A profile to measure. Layers whose device is missing, full or found wrong go where its fallback says, as in every run; the row says where
 * they are then.
 *
 * @param profile a name or a file, as it was asked for
 * @param wished what it says
 * @param host what all backends are made with
 * @param options of all stages, but for how keys and values are kept: that is the profile's
 * @param loader opens the model
 */
record ProfileTarget(String profile, Profile wished, BackendOptions host, StageOptions options, Supplier<Model> loader, Streams streams)
        implements BenchTarget {
    @Override
    public String device() {
        return "by profile";
    }

    @Override
    public int threads() {
        return host.threads();
    }

    @Override
    public KvType kvType() {
        return wished.kv() == null ? KvType.F32 : wished.kv();
    }

    @Override
    public Opened open() {
        long start = System.nanoTime();
        Backends backends = Backends.discover(host);
        try {
            Model model = loader.get();
            long loaded = System.nanoTime();
            Planning planning = plan(model, backends);
            long planned = System.nanoTime();
            Engine engine = Engine.open(model, backends, planning.plan().placement(), planning);
            planning.tell();
            return new Opened(engine, loaded - start, planned - loaded, System.nanoTime() - planned);
        } catch (RuntimeException e) {
            backends.close();
            throw e;
        }
    }

    private Planning plan(Model model, Backends backends) {
        try {
            PlanRequest request = new PlanRequest(options.context(), options.batch(), options.sessions(), false, null,
                    options.repack(), options.exact());
            return Planning.of(model, wished, backends, request, streams);
        } catch (RuntimeException e) {
            model.close();
            throw e;
        }
    }
}
