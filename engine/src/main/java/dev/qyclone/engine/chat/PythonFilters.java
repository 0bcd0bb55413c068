package dev.qyclone.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Filters and tests whose results in jinjava differ from those in Jinja2 as Hugging Face sets it up, with Jinja2's results. */
final class PythonFilters {
    /** The name of the function that every printed expression goes through. */
    static final String PRINT = "print__";

    private PythonFilters() {
    }

    /** A value as {@code {{ … }}} writes it. */
    static String print(Object value) {
        return string(value);
    }

    /** What a filter does to a value, with its arguments by position and by name. */
    private interface Body {
        Object apply(Object value, Object[] arguments, Map<String, Object> named);
    }

    private record NamedFilter(String name, Body body) implements Filter {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public Object filter(Object value, JinjavaInterpreter interpreter, String... arguments) {
            return body.apply(value, arguments, Map.of());
        }

        @Override
        public Object filter(Object value, JinjavaInterpreter interpreter, Object[] arguments, Map<String, Object> named) {
            return body.apply(value, arguments, named);
        }
    }

    private record NamedTest(String name, Predicate<Object> holds) implements ExpTest {
        @Override
        public String getName() {
            return name;
        }

        @Override
        public boolean evaluate(Object value, JinjavaInterpreter interpreter, Object... arguments) {
            return holds.test(value);
        }
    }

    static List<Filter> filters() {
        return List.of(
                new NamedFilter("tojson", (value, arguments, named) -> JinjaValue.of(PythonJson.write(value, indent(arguments, named)))),
                new NamedFilter("trim", (value, arguments, named) -> method("strip", value, arguments)),
                new NamedFilter("upper", (value, arguments, named) -> method("upper", value, arguments)),
                new NamedFilter("lower", (value, arguments, named) -> method("lower", value, arguments)),
                new NamedFilter("replace", (value, arguments, named) -> method("replace", value, arguments)),
                new NamedFilter("default", PythonFilters::byDefault),
                new NamedFilter("d", PythonFilters::byDefault),
                new NamedFilter("first", (value, arguments, named) -> item(value, true)),
                new NamedFilter("last", (value, arguments, named) -> item(value, false)),
                new NamedFilter("list", (value, arguments, named) -> list(value)),
                new NamedFilter("int", PythonFilters::integer),
                new NamedFilter("items", (value, arguments, named) -> PythonMethods.call(value, "items", arguments)),
                new NamedFilter("join", (value, arguments, named) -> JinjaValue.of(join(value, arguments, named))),
                new NamedFilter("string", (value, arguments, named) -> JinjaValue.of(string(value))),
                new NamedFilter("length", (value, arguments, named) -> length(value)),
                new NamedFilter("count", (value, arguments, named) -> length(value)));
    }

    static List<ExpTest> tests() {
        return List.of(
                new NamedTest("string", value -> JinjaValue.text(value) != null),
                new NamedTest("iterable", PythonFilters::isSequence),
                new NamedTest("sequence", PythonFilters::isSequence),
                new NamedTest("none", value -> value == JinjaValue.NONE),
                new NamedTest("number", value -> value instanceof Number || value instanceof Boolean),
                new NamedTest("mapping", value -> value instanceof Map));
    }

    private static boolean isSequence(Object value) {
        return value instanceof Collection || value instanceof Map || JinjaValue.text(value) != null;
    }

    private static Object method(String name, Object value, Object[] arguments) {
        return PythonMethods.call(string(value), name, arguments);
    }

    /** Python's str(); undefined gives the empty text. */
    static String string(Object value) {
        if (value == JinjaValue.NONE) {
            return "None";
        }
        return switch (value) {
            case null -> "";
            case Boolean flag -> flag ? "True" : "False";
            case Double number -> PythonJson.write(number, null);
            case Collection<?> list -> throw new TemplateRefusal("a list is used as a text");
            case Map<?, ?> map -> throw new TemplateRefusal("a dictionary is used as a text");
            default -> value.toString();
        };
    }

    private static Object byDefault(Object value, Object[] arguments, Map<String, Object> named) {
        Object truthy = named.getOrDefault("boolean", arguments.length > 1 ? arguments[1] : false);
        boolean missing = value == null || ObjectTruthValue.evaluate(truthy) && !ObjectTruthValue.evaluate(value);
        return missing ? named.getOrDefault("default_value", arguments.length > 0 ? arguments[0] : "") : value;
    }

    private static Object item(Object value, boolean first) {
        List<Object> items = list(value);
        if (items.isEmpty()) {
            return null;
        }
        return first ? items.getFirst() : items.getLast();
    }

    /** What Python iterates over; nothing for undefined. */
    static List<Object> list(Object value) {
        String text = JinjaValue.text(value);
        if (text != null) {
            return new ArrayList<>(text.codePoints().mapToObj(Character::toString).toList());
        }
        return switch (value) {
            case null -> new ArrayList<>();
            case Map<?, ?> map -> new ArrayList<>(map.keySet());
            case Collection<?> items -> new ArrayList<>(items);
            default -> throw new TemplateRefusal("a value is used as a list that is none");
        };
    }

    private static Object integer(Object value, Object[] arguments, Map<String, Object> named) {
        String text = JinjaValue.text(value);
        return switch (value) {
            case Boolean flag -> flag ? 1L : 0L;
            case Number number -> number.longValue();
            case null, default -> {
                if (arguments.length > 0 || !named.isEmpty() || text == null || !text.strip().matches("[-+]?[0-9]{1,18}")) {
                    throw new TemplateRefusal("int: only a number, or a text of digits without further arguments, is supported");
                }
                yield Long.parseLong(text.strip());
            }
        };
    }

    private static String join(Object value, Object[] arguments, Map<String, Object> named) {
        if (!(value instanceof Collection<?> items) || !named.isEmpty() || arguments.length > 1) {
            throw new TemplateRefusal("join: only a list, with a separator, is supported");
        }
        String separator = arguments.length == 0 ? "" : string(arguments[0]);
        StringBuilder out = new StringBuilder();
        String before = "";
        for (Object item : items) {
            out.append(before).append(string(item));
            before = separator;
            if (out.length() > JinjaSandbox.MAX_OUTPUT) {
                throw new TemplateRefusal("join: the result is too long");
            }
        }
        return out.toString();
    }

    private static Long length(Object value) {
        String text = JinjaValue.text(value);
        if (text != null) {
            return (long) text.codePointCount(0, text.length());
        }
        return switch (value) {
            case null -> 0L;
            case Collection<?> collection -> (long) collection.size();
            case Map<?, ?> map -> (long) map.size();
            default -> throw new TemplateRefusal("length: the value has none");
        };
    }

    private static String indent(Object[] arguments, Map<String, Object> named) {
        for (String name : named.keySet()) {
            if (!List.of("indent", "ensure_ascii").contains(name)) {
                throw new TemplateRefusal(String.format(Locale.ROOT, "tojson: the argument %s is not supported", name));
            }
        }
        if (arguments.length > 0 || Boolean.TRUE.equals(named.get("ensure_ascii"))) {
            throw new TemplateRefusal("tojson: ensure_ascii is not supported");
        }
        Object indent = named.get("indent");
        if (indent instanceof Number number) {
            return " ".repeat(Math.clamp(number.longValue(), 0, 16));
        }
        return indent == null ? null : JinjaValue.text(indent);
    }
}
