package dev.qyclone.profiles;

import dev.qyclone.engine.stage.DeviceKind;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/** Words that profiles may use for a device whose id depends on the machine: {@code gpu} is the first one, {@code gpu:1} the second. */
public enum DeviceWord {
    GPU(DeviceKind.GPU), FPGA(DeviceKind.FPGA);

    private final DeviceKind kind;

    DeviceWord(DeviceKind kind) {
        this.kind = kind;
    }

    /** What the word stands for. */
    public DeviceKind kind() {
        return kind;
    }

    /** As users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** The word that a name begins with; empty for an id. */
    public static Optional<DeviceWord> of(String name) {
        String first = name.split(":", 2)[0];
        return Arrays.stream(values()).filter(word -> word.word().equals(first)).findFirst();
    }
}
