package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The devices that something may run on, in the order of preference.
 *
 * @param devices at least one
 * @param wished how many of them the rule itself names; those behind are its fallback
 * @param why the rule, for the reason
 * @param origin where the user can change it
 * @param absent the first device that was wished and is not there, with the reason; empty where all are
 * @param takesFirst whether the first device is taken even if weights that stay mapped are larger than its memory
 */
record Candidates(List<Device> devices, int wished, String why, String origin, String absent, boolean takesFirst) {
    /** For the user: how to say where layers go whose device cannot take them. */
    static final String FALLBACK = "`fallback: [cpu]` in a profile, or --fallback cpu where a command has it";

    Candidates {
        devices = List.copyOf(devices);
    }

    /** Finds devices for a list of wishes. */
    static final class Finder {
        private final Machine machine;
        private final List<String> fallback;
        private final boolean strict;

        Finder(Machine machine, List<String> fallback, boolean strict) {
            this.machine = machine;
            this.fallback = fallback;
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

        private Candidates named(List<String> names, String why, String origin, boolean one) {
            List<Device> devices = new ArrayList<>();
            String absent = "";
            for (String name : names) {
                Optional<Device> device = machine.find(name);
                if (device.isEmpty()) {
                    absent = absent.isEmpty() ? machine.why(name) : absent;
                    boolean noWay = strict || !Machine.isPlausible(name) && !machine.refused().containsKey(name);
                    if (noWay || one && fallback.isEmpty()) {
                        throw missing(name, origin);
                    }
                }
                device.ifPresent(devices::add);
            }
            int wished = devices.size();
            addFallback(devices);
            if (devices.isEmpty()) {
                throw missing(names.getFirst(), origin);
            }
            return new Candidates(devices, wished, why, origin, absent, one && wished == 1);
        }

        private Candidates auto(String origin, String tunedDevice, TunedDevices tuned) {
            List<Device> devices = new ArrayList<>();
            Optional<Device> measured = tunedDevice == null ? Optional.empty() : machine.find(tunedDevice);
            measured.ifPresent(devices::add);
            List<Device> gpus = machine.gpus();
            gpus.stream().filter(device -> !devices.contains(device)).forEach(devices::add);
            if (!devices.contains(machine.host())) {
                devices.add(machine.host());
            }
            String rule = "auto, by rule of thumb: " + (gpus.isEmpty() ? "there is no GPU" : "GPUs first, filled, then the CPU");
            int wished = devices.size();
            addFallback(devices);
            String why = measured.isPresent() ? "auto, " + tuned.words() : rule;
            return new Candidates(devices, wished, why, origin, "", measured.isPresent());
        }

        private void addFallback(List<Device> devices) {
            for (String name : fallback) {
                Optional<Device> device = machine.find(name);
                if (device.isEmpty() && !Machine.isPlausible(name) && !machine.refused().containsKey(name)) {
                    throw missing(name, "`fallback`");
                }
                device.filter(other -> !devices.contains(other)).ifPresent(devices::add);
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
