package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.profiles.Candidate.Standing;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The devices that something may run on, in the order of preference.
 *
 * @param all at least one
 * @param origin where the user can change it
 * @param absent the first device that was wished and is not there, with the reason; empty where all are
 * @param takesFirst whether the first device is taken even if weights that stay mapped are larger than its memory
 */
record Candidates(List<Candidate> all, String origin, String absent, boolean takesFirst) {
    /** For the user: how to say where layers go whose device cannot take them. */
    static final String FALLBACK = "`fallback: [cpu]` in a profile, or --fallback cpu where a command has it";

    Candidates {
        all = List.copyOf(all);
    }

    List<Device> devices() {
        return all.stream().map(Candidate::device).distinct().toList();
    }

    /** Finds devices for a list of wishes. */
    static final class Finder {
        private final Machine machine;
        private final List<String> fallback;
        private final String fallbackOrigin;
        private final boolean strict;

        Finder(Machine machine, Profile profile, boolean strict) {
            this.machine = machine;
            this.fallback = profile.fallback();
            this.fallbackOrigin = profile.fallbackOrigin();
            this.strict = strict;
        }

        Candidates of(LayerRule rule, int layer, TunedDevices tuned) {
            return switch (rule.target()) {
                case Target.One one -> named(List.of(one.device()), rule.origin(), rule.origin(), true);
                case Target.Fill fill -> named(fill.devices(), "filled in the order of " + rule.origin(), rule.origin(), false);
                case Target.Auto auto -> auto(rule.origin(), tuned == null ? null : tuned.layers().get(layer), tuned);
            };
        }

        Candidates of(Choice choice) {
            return named(List.of(choice.device()), choice.origin(), choice.origin(), true);
        }

        /** Refuses names that no machine's device has, of a rule whose devices nobody else looks for. */
        void requireSound(LayerRule rule) {
            List<String> names = switch (rule.target()) {
                case Target.One one -> List.of(one.device());
                case Target.Fill fill -> fill.devices();
                case Target.Auto auto -> List.of();
            };
            names.stream().filter(this::isSlip).findFirst().ifPresent(name -> {
                throw missing(name, rule.origin());
            });
        }

        private boolean isSlip(String name) {
            return machine.find(name).isEmpty() && !Machine.isPlausible(name) && !machine.refused().containsKey(name);
        }

        private Candidates named(List<String> names, String why, String origin, boolean one) {
            List<Candidate> all = new ArrayList<>();
            String absent = "";
            for (String name : names) {
                Optional<Device> device = machine.find(name);
                if (device.isEmpty()) {
                    absent = absent.isEmpty() ? machine.why(name) : absent;
                    if (strict || isSlip(name) || one && fallback.isEmpty()) {
                        throw missing(name, origin);
                    }
                }
                device.ifPresent(found -> all.add(new Candidate(found, Standing.WISHED, why)));
            }
            boolean takesFirst = one && !all.isEmpty();
            addFallback(all, origin);
            if (all.isEmpty()) {
                throw missing(names.getFirst(), origin);
            }
            return new Candidates(all, origin, absent, takesFirst);
        }

        private Candidates auto(String origin, String tunedDevice, TunedDevices tuned) {
            Optional<Device> measured = tunedDevice == null ? Optional.empty() : machine.find(tunedDevice);
            List<Device> gpus = machine.gpus();
            Standing standing = measured.isPresent() ? Standing.NEXT : Standing.WISHED;
            String why = measured.map(device -> "auto, not on " + device.id() + " " + tuned.words()).orElse(
                    "auto, by rule of thumb: " + (gpus.isEmpty() ? "there is no GPU" : "GPUs first, filled, then the CPU"));
            List<Candidate> all = new ArrayList<>();
            measured.ifPresent(device -> all.add(new Candidate(device, Standing.WISHED, "auto, " + tuned.words())));
            Stream.concat(gpus.stream(), Stream.of(machine.host())).forEach(device -> addNew(all, new Candidate(device, standing, why)));
            addFallback(all, origin);
            return new Candidates(all, origin, "", measured.isPresent());
        }

        private void addFallback(List<Candidate> all, String origin) {
            for (String name : fallback) {
                Optional<Device> device = machine.find(name);
                if (isSlip(name)) {
                    throw missing(name, fallbackOrigin);
                }
                device.ifPresent(found -> addNew(all, new Candidate(found, Standing.FALLBACK, "fallback of " + origin)));
            }
        }

        private static void addNew(List<Candidate> all, Candidate next) {
            if (all.stream().noneMatch(other -> other.device().equals(next.device()))) {
                all.add(next);
            }
        }

        private EngineException missing(String name, String origin) {
            if (machine.isRefused(name)) {
                return new EngineException(ErrorCode.DEVICE_UNAVAILABLE, origin + " cannot be kept: " + machine.why(name))
                        .remedy("change " + origin + (strict ? ", or leave out --strict" : ", or name a fallback: " + FALLBACK));
            }
            EngineException failure = new EngineException(ErrorCode.DEVICE_UNAVAILABLE,
                    (origin.isEmpty() ? "" : origin + ": ") + "device " + machine.why(name)).expected("one of " + machine.ids()).got(name);
            List<String> remedies = new ArrayList<>(machine.missing());
            if (Machine.isPlausible(name) && !strict) {
                remedies.add(FALLBACK + ", says where its layers go instead");
            }
            return remedies.isEmpty() ? failure : failure.remedy(String.join("; ", remedies));
        }
    }
}
