package dev.qyclone.engine.chat;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The methods of Python's strings and dictionaries that templates may call, with Python's results. */
final class PythonMethods {
    private PythonMethods() {
    }

    static Object call(Object base, String method, Object[] arguments) {
        if (method.equals("replace") && arguments.length > 2) {
            throw new TemplateRefusal("replace: a count is not supported");
        }
        String text = JinjaValue.text(base);
        if (text != null) {
            return string(text, method, arguments);
        }
        if (base instanceof Map<?, ?> map) {
            return map(map, method, arguments);
        }
        throw new TemplateRefusal("the method " + method + " is not allowed");
    }

    private static Object string(String text, String method, Object[] arguments) {
        return switch (method) {
            case "strip" -> JinjaValue.of(strip(text, textOrNull(arguments), true, true));
            case "lstrip" -> JinjaValue.of(strip(text, textOrNull(arguments), true, false));
            case "rstrip" -> JinjaValue.of(strip(text, textOrNull(arguments), false, true));
            case "startswith" -> text.startsWith(text(method, arguments, 0));
            case "endswith" -> text.endsWith(text(method, arguments, 0));
            case "upper" -> JinjaValue.of(text.toUpperCase(Locale.ROOT));
            case "lower" -> JinjaValue.of(text.toLowerCase(Locale.ROOT));
            case "replace" -> JinjaValue.of(replace(text, text(method, arguments, 0), text(method, arguments, 1)));
            case "split" -> split(text, textOrNull(arguments), arguments.length > 1 ? number(method, arguments[1]) : -1);
            case "find" -> (long) find(text, text(method, arguments, 0));
            default -> throw new TemplateRefusal("the string method " + method + " is not allowed");
        };
    }

    private static Object map(Map<?, ?> map, String method, Object[] arguments) {
        return switch (method) {
            case "items" -> {
                List<Object> items = new ArrayList<>();
                map.forEach((key, value) -> items.add(new ArrayList<>(Arrays.asList(key, value))));
                yield items;
            }
            case "keys" -> new ArrayList<>(map.keySet());
            case "values" -> new ArrayList<>(map.values());
            case "get" -> map.containsKey(text(method, arguments, 0)) ? map.get(text(method, arguments, 0))
                    : arguments.length > 1 ? arguments[1] : JinjaValue.NONE;
            default -> throw new TemplateRefusal("the dictionary method " + method + " is not allowed");
        };
    }

    /** As str.strip; {@code characters} null means white space. */
    static String strip(String text, String characters, boolean left, boolean right) {
        int start = 0;
        int end = text.length();
        while (left && start < end && strips(text.codePointAt(start), characters)) {
            start += Character.charCount(text.codePointAt(start));
        }
        while (right && end > start && strips(text.codePointBefore(end), characters)) {
            end -= Character.charCount(text.codePointBefore(end));
        }
        return text.substring(start, end);
    }

    private static boolean strips(int c, String characters) {
        return characters == null ? isSpace(c) : characters.indexOf(c) >= 0;
    }

    /** Python's str.isspace: Java's white space and separators with the non-breaking ones, and NEL. */
    private static boolean isSpace(int c) {
        return Character.isWhitespace(c) || Character.isSpaceChar(c) || c == 0x85;
    }

    static String replace(String text, String old, String by) {
        long count = old.isEmpty() ? text.length() + 1L : (text.length() - text.replace(old, "").length()) / old.length();
        if (text.length() + count * by.length() > JinjaSandbox.MAX_OUTPUT) {
            throw new TemplateRefusal("replace: the result is too long");
        }
        return text.replace(old, by);
    }

    private static List<Object> split(String text, String separator, int limit) {
        if (separator != null && separator.isEmpty()) {
            throw new TemplateRefusal("split: empty separator");
        }
        List<Object> parts = new ArrayList<>();
        String rest = separator == null ? strip(text, null, true, false) : text;
        while (limit < 0 || parts.size() < limit) {
            int at = separator == null ? firstSpace(rest) : rest.indexOf(separator);
            if (at < 0) {
                break;
            }
            parts.add(JinjaValue.of(rest.substring(0, at)));
            rest = separator == null ? strip(rest.substring(at), null, true, false) : rest.substring(at + separator.length());
        }
        if (separator != null || !rest.isEmpty()) {
            parts.add(JinjaValue.of(rest));
        }
        return parts;
    }

    private static int firstSpace(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (isSpace(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private static int find(String text, String part) {
        int at = text.indexOf(part);
        return at < 0 ? -1 : text.codePointCount(0, at);
    }

    private static String textOrNull(Object[] arguments) {
        return arguments.length == 0 ? null : JinjaValue.text(arguments[0]);
    }

    private static String text(String method, Object[] arguments, int index) {
        String text = index < arguments.length ? JinjaValue.text(arguments[index]) : null;
        if (text == null) {
            throw new TemplateRefusal(method + ": argument " + (index + 1) + " is no string");
        }
        return text;
    }

    private static int number(String method, Object argument) {
        if (argument instanceof Number number) {
            return number.intValue();
        }
        throw new TemplateRefusal(method + ": an argument is no number");
    }
}
