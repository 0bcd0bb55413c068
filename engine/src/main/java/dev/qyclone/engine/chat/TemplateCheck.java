package dev.qyclone.engine.chat;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Looks a template's code through before jinjava sees it: its parser takes minutes for deeply nested brackets, and it renders
 * an unknown filter or test as nothing, without a word.
 */
final class TemplateCheck {
    private static final int MAX_BRACKETS = 32;
    private static final int MAX_CODE = 16_384;
    private static final Pattern FILTER = Pattern.compile("\\|\\s*(\\w+)");
    private static final Pattern TEST = Pattern.compile("\\bis\\s+(?:not\\s+)?(\\w+)");

    private final String name;
    private final Set<String> filters;
    private final Set<String> tests;

    /** @param name the model, for messages */
    TemplateCheck(String name, Set<String> filters, Set<String> tests) {
        this.name = name;
        this.filters = filters;
        this.tests = tests;
    }

    /** @throws EngineException UNSUPPORTED */
    void check(String source) {
        int at = 0;
        while ((at = source.indexOf('{', at)) >= 0 && at + 1 < source.length()) {
            char kind = source.charAt(at + 1);
            if (kind == '#') {
                int end = source.indexOf("#}", at + 2);
                at = end < 0 ? source.length() : end + 2;
            } else if (kind == '{' || kind == '%') {
                at = code(source, at + 2, kind == '{' ? "}}" : "%}");
            } else {
                at++;
            }
        }
    }

    /** Checks one piece of code, and returns where it ends. */
    private int code(String source, int from, String end) {
        StringBuilder code = new StringBuilder();
        int depth = 0;
        int at = from;
        while (at < source.length() && !(depth <= 0 && source.startsWith(end, at))) {
            char c = source.charAt(at);
            if (c == '"' || c == '\'') {
                at = afterString(source, at);
                code.append("''");
                continue;
            }
            depth += c == '(' || c == '[' || c == '{' ? 1 : c == ')' || c == ']' || c == '}' ? -1 : 0;
            if (depth > MAX_BRACKETS || code.length() > MAX_CODE) {
                throw unsupported("is too deeply nested or too long in one place");
            }
            code.append(c);
            at++;
        }
        known(FILTER.matcher(code), filters, "filter");
        known(TEST.matcher(code), tests, "test");
        return at + 2;
    }

    private static int afterString(String source, int open) {
        int at = open + 1;
        while (at < source.length() && source.charAt(at) != source.charAt(open)) {
            at += source.charAt(at) == '\\' ? 2 : 1;
        }
        return at + 1;
    }

    private void known(Matcher uses, Set<String> names, String kind) {
        while (uses.find()) {
            if (!names.contains(uses.group(1))) {
                throw unsupported("uses the " + kind + " " + shown(uses.group(1)) + ", which is not supported");
            }
        }
    }

    private static String shown(String word) {
        return word.length() > 40 ? word.substring(0, 40) + "…" : word;
    }

    private EngineException unsupported(String what) {
        return new EngineException(ErrorCode.UNSUPPORTED, "the chat template of " + name + " " + what);
    }
}
