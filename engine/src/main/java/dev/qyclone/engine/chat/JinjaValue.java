package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.hubspot.jinjava.util.HasObjectTruthValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Values as templates see them: maps, lists, numbers, booleans and strings. */
final class JinjaValue {
    private JinjaValue() {
    }

    /** A string that jinjava takes for a false value although Python takes it for a true one, as it does any that is not empty. */
    record TrueText(String text) implements HasObjectTruthValue {
        @Override
        public boolean getObjectTruthValue() {
            return true;
        }

        @Override
        public String toString() {
            return text;
        }
    }

    /** Python's None. Java's null is what Jinja calls undefined. */
    static final Object NONE = new HasObjectTruthValue() {
        @Override
        public boolean getObjectTruthValue() {
            return false;
        }

        @Override
        public String toString() {
            throw new TemplateRefusal("None is used as a text");
        }
    };

    /** A string; null becomes None. */
    static Object of(String text) {
        if (text == null) {
            return NONE;
        }
        return "false".equalsIgnoreCase(text) ? new TrueText(text) : text;
    }

    /** JSON, in its own order. */
    static Object of(JsonNode node) {
        return switch (node.getNodeType()) {
            case OBJECT -> {
                Map<String, Object> map = new LinkedHashMap<>();
                node.properties().forEach(entry -> map.put(entry.getKey(), of(entry.getValue())));
                yield map;
            }
            case ARRAY -> {
                List<Object> list = new ArrayList<>();
                node.forEach(element -> list.add(of(element)));
                yield list;
            }
            case BOOLEAN -> node.booleanValue();
            case NUMBER -> node.numberValue();
            case STRING -> of(node.textValue());
            case NULL, MISSING -> NONE;
            case BINARY, POJO -> of(node.asText());
        };
    }

    /** The string, or null if the value is none. */
    static String text(Object value) {
        return value instanceof String || value instanceof TrueText ? value.toString() : null;
    }
}
