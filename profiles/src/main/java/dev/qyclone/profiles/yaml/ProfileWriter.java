package dev.qyclone.profiles.yaml;

import dev.qyclone.engine.stage.KernelFamily;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerOptions;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.MemorySize;
import dev.qyclone.profiles.Profile;
import dev.qyclone.profiles.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/** Writes profiles as text that {@link ProfileReader} reads, with comments for people. */
public final class ProfileWriter {
    /** Plain, they would be no text for other readers of YAML. */
    private static final Set<String> YAML_WORDS = Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null");

    private ProfileWriter() {
    }

    /**
     * The profile as YAML.
     *
     * @param head lines of comment above everything
     * @param ruleComments one behind each rule, empty for none; or no comments at all
     */
    public static String toYaml(Profile profile, List<String> head, List<String> ruleComments) {
        if (!ruleComments.isEmpty() && ruleComments.size() != profile.rules().size()) {
            throw new IllegalArgumentException(ruleComments.size() + " comments for " + profile.rules().size() + " rules");
        }
        StringBuilder text = new StringBuilder();
        head.forEach(line -> text.append(comment(line)).append('\n'));
        text.append("name: ").append(quoted(profile.name())).append('\n');
        text.append("layers:\n");
        for (int i = 0; i < profile.rules().size(); i++) {
            String behind = ruleComments.isEmpty() || ruleComments.get(i).isEmpty() ? "" : "  " + comment(ruleComments.get(i));
            text.append("  - ").append(rule(profile.rules().get(i))).append(behind).append('\n');
        }
        choice(text, "embedding", profile.embedding());
        choice(text, "output", profile.output());
        if (!profile.fallback().isEmpty()) {
            text.append("fallback: [").append(String.join(", ", profile.fallback())).append("]\n");
        }
        if (profile.kv() != null) {
            text.append("kv: ").append(kv(profile.kv())).append('\n');
        }
        if (profile.reserve() != Profile.UNSAID) {
            text.append("reserve: ").append(MemorySize.exact(profile.reserve())).append('\n');
        }
        if (profile.context() > 0) {
            text.append("context: ").append(profile.context()).append('\n');
        }
        return text.toString();
    }

    private static String comment(String line) {
        return line.isEmpty() ? "#" : "# " + line.replace('\n', ' ').replace('\r', ' ');
    }

    private static String quoted(String name) {
        boolean plain = name.matches("[A-Za-z][A-Za-z0-9_.-]*") && !YAML_WORDS.contains(name.toLowerCase(Locale.ROOT));
        return plain ? name : "'" + name.replace("'", "''").replace('\n', ' ') + "'";
    }

    private static void choice(StringBuilder text, String key, Choice choice) {
        if (!choice.isAuto()) {
            text.append(key).append(": ").append(choice.device()).append('\n');
        }
    }

    private static String kv(KvType type) {
        return type.name().toLowerCase(Locale.ROOT);
    }

    private static String rule(LayerRule rule) {
        boolean all = rule.layers() instanceof LayerRange.All;
        if (!rule.options().equals(LayerOptions.NONE)) {
            return longForm(rule);
        }
        return switch (rule.target()) {
            case Target.One one -> rule.layers() + ": " + one.device();
            case Target.Auto auto -> all ? Choice.AUTO : rule.layers() + ": " + Choice.AUTO;
            case Target.Fill fill -> all ? RuleReader.FILL + ": [" + String.join(", ", fill.devices()) + "]" : longForm(rule);
        };
    }

    private static String longForm(LayerRule rule) {
        List<String> parts = new ArrayList<>();
        parts.add("layers: " + rule.layers());
        parts.add(switch (rule.target()) {
            case Target.One one -> "device: " + one.device();
            case Target.Auto auto -> "device: " + Choice.AUTO;
            case Target.Fill fill -> RuleReader.FILL + ": [" + String.join(", ", fill.devices()) + "]";
        });
        LayerOptions options = rule.options();
        if (options.kv() != null) {
            parts.add("kv: " + kv(options.kv()));
        }
        if (options.window() != LayerOptions.UNSAID) {
            parts.add("window: " + options.window());
        }
        if (options.kernels().family() != KernelFamily.AUTO) {
            parts.add("kernels: " + options.kernels().family().word());
        }
        if (options.kernels().workGroup() > 0) {
            parts.add("workgroup: " + options.kernels().workGroup());
        }
        return "{" + String.join(", ", parts) + "}";
    }
}
