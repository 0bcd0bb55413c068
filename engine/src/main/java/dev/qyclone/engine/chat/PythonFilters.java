package dev.qyclone.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.exptest.ExpTest;
import com.hubspot.jinjava.lib.filter.Filter;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Predicate;

/** Filters and tests whose results in jinjava differ from those in Jinja2 as Hugging Face sets it up, with Jinja2's results. */
final class PythonFilters {
    private PythonFilters() {
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
                new NamedFilter("string", (value, arguments, named) -> JinjaValue.of(string(value))),
                new NamedFilter("length", (value, arguments, named) -> length(value)),
                new NamedFilter("count", (value, arguments, named) -> length(value)));
    }

    static List<ExpTest> tests() {
        return List.of(
                new NamedTest("string", value -> JinjaValue.text(value) != null),
                new NamedTest("iterable", PythonFilters::isSequence),
                new NamedTest("sequence", PythonFilters::isSequence),
                new NamedTest("mapping", value -> value instanceof Map));
    }

    private static boolean isSequence(Object value) {
        return value instanceof Collection || value instanceof Map || JinjaValue.text(value) != null;
    }

    private static Object method(String name, Object value, Object[] arguments) {
        return PythonMethods.call(string(value), name, arguments);
    }

    private static String string(Object value) {
        return switch (value) {
            case null -> "";
            case Boolean flag -> flag ? "True" : "False";
            default -> value.toString();
        };
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
