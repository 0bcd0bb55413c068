package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellDevice;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Where a driver keeps the kernels that it compiled.
 *
 * @param words in small letters: one of them is in a device's id, or in what it says of its vendor and driver
 * @param folder which may be absent
 */
public record DriverCache(List<String> words, Path folder) {
    public DriverCache {
        words = List.copyOf(words);
    }

    /** True if it is the driver of this device. The device's own name says nothing: PoCL runs on everybody's processors. */
    boolean serves(CellDevice device) {
        String said = String.join(" ", device.id(), device.vendor(), device.driver()).toLowerCase(Locale.ROOT);
        return words.stream().anyMatch(said::contains);
    }
}
