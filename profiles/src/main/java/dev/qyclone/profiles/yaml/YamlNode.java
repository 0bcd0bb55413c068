package dev.qyclone.profiles.yaml;

import java.util.List;

/** A piece of a YAML file with the line that it begins on. */
sealed interface YamlNode {
    int line();

    /** In words, for messages. */
    String words();

    /** Text, number or nothing, as it is written. */
    record Scalar(int line, String text) implements YamlNode {
        @Override
        public String words() {
            return text.isEmpty() ? "nothing" : "`" + text + "`";
        }
    }

    /** Values in order. */
    record Sequence(int line, List<YamlNode> values) implements YamlNode {
        @Override
        public String words() {
            return "a list";
        }
    }

    /** Keys with values in order; no key twice. */
    record Mapping(int line, List<Entry> entries) implements YamlNode {
        @Override
        public String words() {
            return "keys with values";
        }
    }

    /** A key with its value. */
    record Entry(int line, String key, YamlNode value) {
    }
}
