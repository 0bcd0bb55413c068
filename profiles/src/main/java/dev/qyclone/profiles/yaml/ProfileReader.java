package dev.qyclone.profiles.yaml;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.KvType;
import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Profile;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Reads profile files; docs/profiles.md and profile.schema.json have the keys. */
public final class ProfileReader {
    private static final List<String> KEYS =
            List.of("name", "layers", "embedding", "output", "fallback", "kv", "reserve", "context");
    private static final long MAX_BYTES = 1L << 20;

    private final String source;
    private final Values values;

    private ProfileReader(String source) {
        this.source = source;
        this.values = new Values(source);
    }

    /**
     * Reads a file.
     *
     * @throws EngineException FILE_NOT_FOUND, or BAD_FILE with the line that is wrong
     */
    public static Profile read(Path path) {
        try {
            if (Files.size(path) > MAX_BYTES) {
                throw new EngineException(ErrorCode.BAD_FILE, path + " is too large for a profile")
                        .expected("at most " + MAX_BYTES + " bytes").got(Files.size(path));
            }
            return parse(path.getFileName().toString(), new String(Files.readAllBytes(path), StandardCharsets.UTF_8));
        } catch (IOException e) {
            throw new EngineException(ErrorCode.FILE_NOT_FOUND, "the profile " + path + " cannot be read", e);
        }
    }

    /**
     * Reads text.
     *
     * @param source what errors and reasons call it, such as {@code half.yaml}
     * @throws EngineException BAD_FILE with the line that is wrong
     */
    public static Profile parse(String source, String text) {
        return new ProfileReader(source).profile(YamlText.parse(source, text));
    }

    private Profile profile(YamlNode root) {
        if (!(root instanceof YamlNode.Mapping mapping)) {
            throw new EngineException(ErrorCode.BAD_FILE, source + " is no profile")
                    .expected("keys such as layers:").got(root.words());
        }
        String name = source;
        List<LayerRule> rules = null;
        Choice embedding = Choice.UNSAID;
        Choice output = Choice.UNSAID;
        List<String> fallback = List.of();
        String fallbackOrigin = "`fallback`";
        KvType kv = null;
        long reserve = Profile.UNSAID;
        int context = 0;
        for (YamlNode.Entry entry : mapping.entries()) {
            YamlNode value = entry.value();
            switch (entry.key()) {
                case "name" -> name = values.text("name", value, "a name");
                case "layers" -> rules = rules(value);
                case "embedding" -> embedding = values.choice("embedding", value);
                case "output" -> output = values.choice("output", value);
                case "fallback" -> {
                    fallback = values.deviceList("fallback", value);
                    fallbackOrigin = values.origin(entry.line());
                }
                case "kv" -> kv = values.kv(value);
                case "reserve" -> reserve = values.bytes("reserve", value);
                case "context" -> context = values.integer("context", value, 1);
                default -> throw values.unknown(entry, KEYS, "one of " + String.join(", ", KEYS));
            }
        }
        if (rules == null) {
            throw new EngineException(ErrorCode.BAD_FILE, source + ": `layers` is missing")
                    .remedy("say which device runs which layers, such as `layers: [all: cpu]`");
        }
        return new Profile(name, rules, embedding, output, fallback, fallbackOrigin, kv, reserve, context);
    }

    private List<LayerRule> rules(YamlNode node) {
        RuleReader reader = new RuleReader(values);
        return switch (node) {
            case YamlNode.Sequence sequence when !sequence.values().isEmpty() -> sequence.values().stream().map(reader::read).toList();
            case YamlNode.Scalar scalar when scalar.text().equals(Choice.AUTO) -> List.of(reader.read(scalar));
            case YamlNode.Sequence sequence -> throw values.wrong("`layers`", node, "at least one rule");
            case YamlNode.Scalar scalar -> throw values.wrong("`layers`", node, "auto, or a list of rules such as `- 0-11: cpu`");
            case YamlNode.Mapping mapping ->
                    throw values.wrong("`layers`", node, "a list of rules, each with a dash before it, such as `- 0-11: cpu`");
        };
    }
}
