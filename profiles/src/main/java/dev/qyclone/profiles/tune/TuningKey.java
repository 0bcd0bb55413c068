package dev.qyclone.profiles.tune;

import dev.qyclone.engine.model.Model;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.StageOptions;
import dev.qyclone.engine.tensor.Tensor;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** By what measurements are found again: everything that they depend on. */
final class TuningKey {
    private static final int BYTES = 8;

    private TuningKey() {
    }

    /**
     * A hash of what the model's head says: its configuration, attention included, and name, type and shape of every tensor. The weights
     * themselves are not read: two fine-tunings of one shape take the same time, and share what was measured.
     */
    static String model(Model model) {
        MessageDigest digest = sha256();
        digest.update(model.config().toString().getBytes(StandardCharsets.UTF_8));
        Map<String, Tensor> byName = new TreeMap<>(model.source().weights().tensors());
        for (Map.Entry<String, Tensor> entry : byName.entrySet()) {
            Tensor tensor = entry.getValue();
            digest.update((entry.getKey() + " " + tensor.type() + " " + tensor.shape() + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
    }

    /** How stages were opened: type of keys and values, kernels, copies for decode, rounding. */
    static String setting(StageOptions options) {
        return "kv " + options.kvType() + ", kernels " + options.kernels().family().word() + " " + options.kernels().workGroup()
                + (options.repack() ? ", repacked" : "") + (options.exact() ? ", exact" : "");
    }

    /** What a device's speed depends on besides the model: driver and versions, threads and ops are in its facts and its note. */
    static String device(Device device) {
        return String.join(" | ", device.name(), device.facts().driver(), device.note(), "Java " + Runtime.version());
    }

    /** For each device what its speed depends on. */
    static Map<String, String> devices(List<Device> devices) {
        return devices.stream().collect(Collectors.toMap(Device::id, TuningKey::device));
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }
}
