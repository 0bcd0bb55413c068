package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.Plan;
import dev.qyclone.profiles.PlanRequest;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.yaml.BuiltInProfiles;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;

/** The profiles of {@code tune --try}, which are run as they are named; those that {@code tune} measures nothing for are refused. */
final class TriedProfiles {
    private final Map<String, Profile> profiles = new LinkedHashMap<>();
    private final CommandSpec spec;

    private TriedProfiles(CommandSpec spec) {
        this.spec = spec;
    }

    /** @param kvType with which layers are measured */
    static TriedProfiles read(List<String> names, KvType kvType, CommandSpec spec) {
        TriedProfiles tried = new TriedProfiles(spec);
        for (String name : names) {
            Profile profile = BuiltInProfiles.named(name);
            tried.requireAsMeasured(name, profile, kvType);
            tried.profiles.put(name, profile.withKv(kvType));
        }
        return tried;
    }

    private void requireAsMeasured(String name, Profile profile, KvType kvType) {
        List<LayerOptions> options = profile.rules().stream().map(rule -> rule.options()).filter(Objects::nonNull).toList();
        Stream.concat(Stream.ofNullable(profile.kv()), options.stream().map(LayerOptions::kv).filter(Objects::nonNull))
                .filter(kv -> kv != kvType).findFirst().ifPresent(kv -> {
                    throw Checks.wrong("--try " + name + " keeps keys and values in " + word(kv) + ", and layers are measured with "
                            + word(kvType) + "; leave out one of them, or give --kv " + word(kv), spec);
                });
        if (options.stream().anyMatch(option -> !option.kernels().equals(KernelChoice.AUTO))) {
            throw Checks.wrong("--try " + name + " names kernels or a work-group, and layers are measured with the kernels that suit"
                    + " their device", spec);
        }
        if (profile.hasWindows()) {
            throw Checks.wrong("--try " + name + " gives layers a window, and they are measured as the model and --layer-windows say",
                    spec);
        }
    }

    private static String word(KvType kv) {
        return kv.name().toLowerCase(Locale.ROOT);
    }

    Map<String, Profile> byName() {
        return profiles;
    }

    /**
     * What would otherwise be found out behind minutes of measuring: that a profile cannot be planned, has no room for the prompt, or has a
     * device that is not measured. Where {@code auto} leads is known only then.
     *
     * @param devices those that are to be measured
     * @param context as {@link #plan} has it
     * @param positions of a run
     */
    void check(Model model, Backends backends, List<Device> devices, StageOptions options, int context, int positions, Streams streams) {
        profiles.forEach((name, profile) -> {
            Plan plan = plan(model, profile, backends, options, context, streams);
            if (plan.context() < positions) {
                throw Checks.wrong("--try " + name + " has a context of " + plan.context() + " positions, and a run takes " + positions
                        + "; give --ctx, or a smaller --prompt", spec);
            }
            plan.placement().devices().stream().filter(device -> !devices.contains(device) && !profile.devices().contains(Choice.AUTO))
                    .findFirst().ifPresent(device -> {
                        throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "--try " + name + " runs layers on " + device.id()
                                + ", which is not measured").expected("one of " + String.join(", ",
                                devices.stream().map(Device::id).toList())).remedy("name it with --devices");
                    });
        });
    }

    /**
     * The plan of one, as {@code run} has it.
     *
     * @param context what {@code --ctx} says; 0 for the profile's own, or else what is measured
     */
    static Plan plan(Model model, Profile profile, Backends backends, StageOptions options, int context, Streams streams) {
        int asked = context > 0 ? context : profile.context() > 0 ? profile.context() : options.context();
        PlanRequest request = PlanRequest.of(asked, options.batch()).withRepack(options.repack()).withExact(options.exact());
        return Planning.of(model, profile, backends, request, streams).plan();
    }
}
