package dev.qyclone.profiles.tune;

import java.util.List;
import java.util.Map;

/**
 * One measurement of a model's parts, as it is kept.
 *
 * @param measured the day
 * @param setting how stages were opened
 * @param goal what was last tuned for
 * @param used the devices of the placement that was best for it
 * @param asked the devices that the user wanted to be considered
 * @param environments for every device that was there: what its speed depends on
 * @param devices those that were measured
 * @param pace of the host meanwhile, see {@link Gauges}
 */
public record TuningRecord(
        String measured, String setting, Workload workload, String goal, List<String> used, List<String> asked,
        Map<String, String> environments, List<DeviceTimes> devices, HopTime hop, List<PairTime> pairs, double pace) {
    public TuningRecord {
        used = List.copyOf(used);
        asked = List.copyOf(asked);
        environments = Map.copyOf(environments);
        devices = List.copyOf(devices);
        pairs = List.copyOf(pairs);
        Goal.parse(goal); // one that cannot be read is no record
        if (devices.isEmpty() || !(pace > 0)) {
            throw new IllegalArgumentException("no devices, or no pace");
        }
        for (DeviceTimes times : devices) {
            if (!environments.containsKey(times.device())) {
                throw new IllegalArgumentException("times of " + times.device() + ", which was not there");
            }
        }
    }

    /** The same, tuned for another goal. */
    TuningRecord withGoal(Goal other, List<String> best) {
        return new TuningRecord(measured, setting, workload, other.words(), best, asked, environments, devices, hop, pairs, pace);
    }

    /** True if all of these devices were there, as they are now, in the same setting. */
    boolean covers(String otherSetting, Map<String, String> others) {
        return setting.equals(otherSetting) && environments.entrySet().containsAll(others.entrySet());
    }
}
