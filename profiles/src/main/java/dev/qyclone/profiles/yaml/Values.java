package dev.qyclone.profiles.yaml;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.MemorySize;
import dev.qyclone.profiles.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Typed values of a profile; every error names file, key and line.
 *
 * @param source the file's name, or words for a profile that is in none
 */
record Values(String source) {
    private static final long LEAST_PLAIN_BYTES = 1L << 20;

    String origin(int line) {
        return "line " + line + " of " + source;
    }

    String text(String key, YamlNode node, String expected) {
        if (node instanceof YamlNode.Scalar scalar && !scalar.text().isEmpty()) {
            return scalar.text();
        }
        throw wrong("`" + key + "`", node, expected);
    }

    String device(String key, YamlNode node) {
        String name = text(key, node, Words.DEVICES);
        if (!Words.isDevice(name)) {
            throw wrong("`" + key + "`", node, Words.DEVICES);
        }
        return name;
    }

    Choice choice(String key, YamlNode node) {
        return new Choice(device(key, node), origin(node.line()));
    }

    Target target(String key, YamlNode node) {
        return Words.target(device(key, node));
    }

    /** At least one device; none of them {@code auto}. */
    List<String> devices(String key, YamlNode node) {
        List<String> devices = deviceList(key, node);
        if (devices.isEmpty()) {
            throw wrong("`" + key + "`", node, "a list of devices such as [opencl:0:0, cpu]");
        }
        return devices;
    }

    /** Devices, none of them {@code auto}; or no devices. */
    List<String> deviceList(String key, YamlNode node) {
        String expected = "a list of devices such as [opencl:0:0, cpu]";
        if (!(node instanceof YamlNode.Sequence sequence)) {
            throw wrong("`" + key + "`", node, expected);
        }
        List<String> devices = sequence.values().stream().map(value -> device(key, value)).toList();
        if (devices.contains(Choice.AUTO)) {
            throw wrong("`" + key + "`", new YamlNode.Scalar(node.line(), Choice.AUTO), expected);
        }
        return devices;
    }

    LayerRange range(YamlNode node) {
        return Words.range(text("layers", node, Words.RANGES)).orElseThrow(() -> wrong("`layers`", node, Words.RANGES));
    }

    KvType kv(YamlNode node) {
        return word("kv", node, Arrays.asList(KvType.values()), type -> type.name().toLowerCase(Locale.ROOT));
    }

    <T> T word(String key, YamlNode node, List<T> values, Function<T, String> words) {
        String expected = "one of " + values.stream().map(words).collect(Collectors.joining(", "));
        String text = text(key, node, expected);
        return values.stream().filter(value -> words.apply(value).equals(text)).findFirst()
                .orElseThrow(() -> wrong("`" + key + "`", node, expected));
    }

    int integer(String key, YamlNode node, int least) {
        String expected = "a whole number from " + least + " on";
        String text = text(key, node, expected);
        if (!text.matches("\\d{1,9}") || Integer.parseInt(text) < least) {
            throw wrong("`" + key + "`", node, expected);
        }
        return Integer.parseInt(text);
    }

    /** A number without a unit is bytes, which nobody means who writes a small one. */
    long bytes(String key, YamlNode node) {
        String expected = "a size such as 512 MiB or 2 GiB";
        String text = text(key, node, expected);
        long bytes = MemorySize.parse(text).orElseThrow(() -> wrong("`" + key + "`", node, expected));
        if (bytes > 0 && bytes < LEAST_PLAIN_BYTES && Character.isDigit(text.charAt(text.length() - 1))) {
            throw wrong("`" + key + "`", node, expected).remedy("did you mean " + text + " MiB? Without a unit it is bytes");
        }
        return bytes;
    }

    EngineException wrong(String what, YamlNode node, String expected) {
        return new EngineException(ErrorCode.BAD_FILE, source + ": " + what + " on line " + node.line() + " is wrong")
                .expected(expected).got(node.words());
    }

    EngineException missing(String what, int line) {
        return new EngineException(ErrorCode.BAD_FILE, source + ": " + what + " is missing in the rule on line " + line);
    }

    /** @param otherwise what is said where no known key is near */
    EngineException unknown(YamlNode.Entry entry, List<String> known, String otherwise) {
        String failure = source + ": unknown key `" + entry.key() + "` on line " + entry.line();
        return new EngineException(ErrorCode.BAD_FILE, failure).remedy(Nearest.to(entry.key(), known)
                .map(near -> "did you mean `" + near + "`?").orElse("expected " + otherwise));
    }
}
