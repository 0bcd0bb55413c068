package dev.qyclone.profiles.yaml;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Text to {@link YamlNode}s. Scalars stay the text that was written: a device may look like a number. */
final class YamlText {
    private final String source;
    private final YAMLParser parser;

    private YamlText(String source, YAMLParser parser) {
        this.source = source;
        this.parser = parser;
    }

    /**
     * @param source the file's name, for messages
     * @throws EngineException BAD_FILE where it is no YAML, or uses aliases or several documents
     */
    static YamlNode parse(String source, String text) {
        try (YAMLParser parser = new YAMLFactory().createParser(text)) {
            YamlText reader = new YamlText(source, parser);
            if (parser.nextToken() == null) {
                return new YamlNode.Scalar(1, "");
            }
            YamlNode root = reader.node();
            if (parser.nextToken() != null) {
                throw reader.wrong("a second document begins");
            }
            return root;
        } catch (JacksonException e) {
            String line = e.getLocation() == null ? "" : " on line " + e.getLocation().getLineNr();
            throw new EngineException(ErrorCode.BAD_FILE, source + ": no YAML" + line, e).got(e.getOriginalMessage());
        } catch (IOException e) {
            throw new EngineException(ErrorCode.BAD_FILE, source + " cannot be read", e).got(e.getMessage());
        }
    }

    private YamlNode node() throws IOException {
        int line = line();
        JsonToken token = parser.currentToken();
        if (token == JsonToken.START_OBJECT) {
            return mapping(line);
        }
        if (token == JsonToken.START_ARRAY) {
            List<YamlNode> values = new ArrayList<>();
            while (parser.nextToken() != JsonToken.END_ARRAY) {
                values.add(node());
            }
            return new YamlNode.Sequence(line, values);
        }
        if (parser.isCurrentAlias() || !token.isScalarValue()) {
            throw wrong("aliases are not read; write the value out");
        }
        return new YamlNode.Scalar(line, token == JsonToken.VALUE_NULL ? "" : parser.getText().strip());
    }

    private YamlNode mapping(int line) throws IOException {
        List<YamlNode.Entry> entries = new ArrayList<>();
        Set<String> keys = new HashSet<>();
        while (parser.nextToken() != JsonToken.END_OBJECT) {
            int keyLine = line();
            String key = parser.currentName();
            if (!keys.add(key)) {
                throw wrong("the key `" + key + "` is there twice");
            }
            parser.nextToken();
            entries.add(new YamlNode.Entry(keyLine, key, node()));
        }
        return new YamlNode.Mapping(line, entries);
    }

    private int line() {
        return parser.currentTokenLocation().getLineNr();
    }

    private EngineException wrong(String what) {
        return new EngineException(ErrorCode.BAD_FILE, source + ": " + what + " on line " + line());
    }
}
