package dev.qyclone.profiles.yaml;

import dev.qyclone.engine.stage.KernelChoice;
import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Target;
import java.util.Arrays;
import java.util.List;

/** One entry of {@code layers}: {@code auto}, a range with its device, or the longer form with options. */
final class RuleReader {
    static final String FILL = "fill-then-spill";
    private static final List<String> LONG_KEYS = List.of("layers", "device", FILL, "kv", "window", "kernels", "workgroup");

    private final Values values;

    RuleReader(Values values) {
        this.values = values;
    }

    LayerRule read(YamlNode node) {
        return switch (node) {
            case YamlNode.Scalar scalar when scalar.text().equals(Choice.AUTO) ->
                    LayerRule.of(new LayerRange.All(), new Target.Auto(), values.origin(node.line()));
            case YamlNode.Mapping mapping when isLong(mapping) -> longForm(mapping);
            case YamlNode.Mapping mapping when mapping.entries().size() == 1 -> shortForm(mapping.entries().getFirst());
            case YamlNode.Mapping mapping -> throw values.wrong("a rule of `layers`", node,
                    "one range with its device, or the keys " + String.join(", ", LONG_KEYS));
            case YamlNode.Scalar scalar -> throw values.wrong("a rule of `layers`", node, "auto, or a range with its device");
            case YamlNode.Sequence sequence -> throw values.wrong("a rule of `layers`", node, "auto, or a range with its device");
        };
    }

    private static boolean isLong(YamlNode.Mapping mapping) {
        List<String> keys = mapping.entries().stream().map(YamlNode.Entry::key).toList();
        return keys.contains("layers") || keys.size() > 1 && keys.stream().noneMatch(key -> Words.range(key).isPresent());
    }

    private LayerRule shortForm(YamlNode.Entry entry) {
        String origin = values.origin(entry.line());
        if (entry.key().equals(FILL)) {
            return LayerRule.of(new LayerRange.All(), new Target.Fill(values.devices(FILL, entry.value())), origin);
        }
        LayerRange range = Words.range(entry.key()).orElseThrow(() -> LONG_KEYS.contains(entry.key())
                ? values.missing("`layers`", entry.line())
                : values.unknown(entry, List.of(FILL, "all"), Words.RANGES));
        return LayerRule.of(range, values.target(entry.key(), entry.value()), origin);
    }

    private LayerRule longForm(YamlNode.Mapping mapping) {
        LayerRange range = null;
        Target target = null;
        KvType kv = null;
        int window = LayerOptions.UNSAID;
        KernelFamily family = KernelFamily.AUTO;
        int workGroup = 0;
        for (YamlNode.Entry entry : mapping.entries()) {
            YamlNode value = entry.value();
            switch (entry.key()) {
                case "layers" -> range = values.range(value);
                case "device" -> target = only(target, values.target("device", value), entry);
                case FILL -> target = only(target, new Target.Fill(values.devices(FILL, value)), entry);
                case "kv" -> kv = values.kv(value);
                case "window" -> window = values.integer("window", value, 0);
                case "kernels" -> family = values.word("kernels", value, Arrays.asList(KernelFamily.values()), KernelFamily::word);
                case "workgroup" -> workGroup = values.integer("workgroup", value, 1);
                default -> throw values.unknown(entry, LONG_KEYS, "one of " + String.join(", ", LONG_KEYS));
            }
        }
        if (range == null || target == null) {
            throw values.missing(range == null ? "`layers`" : "`device`", mapping.line());
        }
        LayerOptions options = new LayerOptions(kv, window, new KernelChoice(family, workGroup));
        return new LayerRule(range, target, options, values.origin(mapping.line()));
    }

    private Target only(Target before, Target target, YamlNode.Entry entry) {
        if (before != null) {
            throw values.wrong("a rule of `layers`", new YamlNode.Scalar(entry.line(), entry.key()), "either `device` or `" + FILL + "`");
        }
        return target;
    }
}
