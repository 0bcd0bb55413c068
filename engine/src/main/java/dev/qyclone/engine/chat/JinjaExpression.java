package dev.qyclone.engine.chat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Rewrites the expressions of a template where jinjava reads one otherwise than Jinja2 does: jinjava's {@code not}
 * binds tighter than comparisons, Jinja2's looser, so that {@code not a in b} becomes {@code not (a in b)}; jinjava has no
 * {@code none} apart from what is undefined; and it knows fewer escapes in string literals.
 */
final class JinjaExpression {
    private static final Set<String> LOOSER_THAN_NOT = Set.of("and", "or", "if", "else", "recursive");
    /** The variable that holds None. */
    static final String NONE = "none__";
    private static final int MAX_DEPTH = 32;
    private static final int MAX_LENGTH = 16_384;

    private JinjaExpression() {
    }

    /**
     * What stands between the braces of a tag, as jinjava has to read it.
     *
     * @throws TemplateFlaw if it uses what we do not render, or would keep jinjava's parser busy for minutes
     */
    static String rewrite(String inside) {
        if (inside.length() > MAX_LENGTH) {
            throw tooDeep();
        }
        List<Token> tokens = tokens(inside);
        checkDepth(tokens);
        checkNames(tokens);
        String rewritten = parenthesizeNot(nones(inside, tokens), 0);
        checkDepth(tokens(rewritten));
        return literals(rewritten);
    }

    private static TemplateFlaw tooDeep() {
        return new TemplateFlaw("is too deeply nested or too long in one place");
    }

    private static void checkDepth(List<Token> tokens) {
        int depth = 0;
        for (Token token : tokens) {
            depth += token.depthChange();
            if (depth > MAX_DEPTH) {
                throw tooDeep();
            }
        }
    }

    /** jinjava renders an unknown filter or test as nothing, without a word. */
    private static void checkNames(List<Token> tokens) {
        for (int i = 0; i + 1 < tokens.size(); i++) {
            String next = tokens.get(i + 1).text();
            if (tokens.get(i).text().equals("|") && !JinjaSandbox.FILTERS.contains(next)) {
                throw new TemplateFlaw("uses the filter " + shown(next) + ", which is not supported");
            }
            if (tokens.get(i).text().equals("*") && next.equals("*") && tokens.get(i).at() + 1 == tokens.get(i + 1).at()) {
                throw new TemplateFlaw("raises to a power, which is not supported");
            }
            if (tokens.get(i).text().equals("is")) {
                String test = next.equals("not") && i + 2 < tokens.size() ? tokens.get(i + 2).text() : next;
                if (!JinjaSandbox.TESTS.contains(test)) {
                    throw new TemplateFlaw("uses the test " + shown(test) + ", which is not supported");
                }
            }
        }
    }

    private static String shown(String word) {
        return word.length() > 40 ? word.substring(0, 40) + "…" : word;
    }

    /** Where {@code word} stands outside quotes and brackets, or -1. */
    static int topLevelWord(String expression, String word) {
        int depth = 0;
        for (Token token : tokens(expression)) {
            depth += token.depthChange();
            if (depth == 0 && token.text().equals(word)) {
                return token.at();
            }
        }
        return -1;
    }

    /** The end of a tag: the first {@code %}} or {@code }}} outside quotes and, for the latter, outside a dict's braces. */
    static int closing(String source, int from, char first) {
        int braces = 0;
        for (int i = from; i + 1 < source.length(); i++) {
            char c = source.charAt(i);
            if (c == '"' || c == '\'') {
                i = endOfQuote(source, i);
            } else if (c == first && source.charAt(i + 1) == '}' && braces == 0) {
                return i;
            } else if (c == '{') {
                braces++;
            } else if (c == '}') {
                braces--;
            }
        }
        return -1;
    }

    private static int endOfQuote(String source, int open) {
        for (int i = open + 1; i < source.length(); i++) {
            if (source.charAt(i) == '\\') {
                i++;
            } else if (source.charAt(i) == source.charAt(open)) {
                return i;
            }
        }
        return source.length();
    }

    /** Writes out the escapes that jinjava does not know, and keeps two closing braces of dicts from looking like a tag's end. */
    private static String literals(String expression) {
        StringBuilder out = new StringBuilder();
        int done = 0;
        for (Token token : tokens(expression)) {
            if (token.text().contains("\\")) {
                out.append(expression, done, token.at()).append(literal(token.text()));
                done = token.at() + token.text().length();
            } else if (token.text().equals("}")) {
                out.append(expression, done, token.at()).append(" }");
                done = token.at() + 1;
            }
        }
        return out.append(expression.substring(done)).toString();
    }

    private static String literal(String text) {
        StringBuilder out = new StringBuilder();
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c != '\\' || i + 1 == text.length()) {
                out.append(c);
                continue;
            }
            char kind = text.charAt(++i);
            int digits = kind == 'x' ? 2 : kind == 'u' ? 4 : kind == 'U' ? 8 : 0;
            if (digits > 0) {
                String code = text.substring(i + 1, Math.min(i + 1 + digits, text.length()));
                code = character(code, digits);
                out.append("\\'\"".contains(code) ? "\\" : "").append(code);
                i += digits;
            } else if ("\\'\"nrt".indexOf(kind) >= 0) {
                out.append(c).append(kind);
            } else if ("01234567abfvN\n".indexOf(kind) >= 0) {
                throw new TemplateFlaw("has an escape in a string that is not supported: \\" + (kind == '\n' ? "newline" : kind));
            } else {
                out.append("\\\\").append(kind);
            }
        }
        return out.toString();
    }

    /** jinjava's none is the same as undefined; Python's is a value. */
    private static String nones(String expression, List<Token> tokens) {
        StringBuilder out = new StringBuilder();
        int done = 0;
        for (int i = 0; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            boolean isNone = token.text().equals("none") || token.text().equals("None");
            if (!isNone || isWord(tokens, i - 1, "is") || isWord(tokens, i - 1, "not") && isWord(tokens, i - 2, "is")
                    || isWord(tokens, i - 1, ".")) {
                continue;
            }
            out.append(expression, done, token.at()).append(NONE);
            done = token.at() + token.text().length();
        }
        return out.append(expression.substring(done)).toString();
    }

    private static boolean isWord(List<Token> tokens, int index, String text) {
        return index >= 0 && tokens.get(index).text().equals(text);
    }

    private static String character(String code, int digits) {
        if (code.length() < digits || !code.chars().allMatch(c -> Character.digit(c, 16) >= 0)
                || !Character.isValidCodePoint(Integer.parseUnsignedInt(code, 16))) {
            throw new TemplateFlaw("has a wrong escape in a string: " + code);
        }
        return Character.toString(Integer.parseUnsignedInt(code, 16));
    }

    private static String parenthesizeNot(String expression, int depth) {
        if (depth > MAX_DEPTH) {
            throw tooDeep();
        }
        List<Token> tokens = tokens(expression);
        for (int i = 0; i < tokens.size(); i++) {
            boolean prefix = tokens.get(i).text().equals("not") && !(i > 0 && tokens.get(i - 1).text().equals("is"))
                    && !(i + 1 < tokens.size() && tokens.get(i + 1).text().equals("in"));
            if (prefix) {
                int start = tokens.get(i).at() + "not".length();
                int end = endOfOperand(expression, tokens, i + 1);
                return expression.substring(0, start) + " (" + parenthesizeNot(expression.substring(start, end), depth + 1) + ") "
                        + parenthesizeNot(expression.substring(end), depth);
            }
        }
        return expression;
    }

    private static int endOfOperand(String expression, List<Token> tokens, int from) {
        int depth = 0;
        for (int i = from; i < tokens.size(); i++) {
            Token token = tokens.get(i);
            depth += token.depthChange();
            boolean ends = depth < 0 || depth == 0 && token.depthChange() == 0
                    && (LOOSER_THAN_NOT.contains(token.text()) || token.text().equals(",") || token.text().equals(":"));
            if (ends) {
                return token.at();
            }
        }
        return expression.length();
    }

    private record Token(String text, int at) {
        int depthChange() {
            return switch (text) {
                case "(", "[", "{" -> 1;
                case ")", "]", "}" -> -1;
                default -> 0;
            };
        }
    }

    private static List<Token> tokens(String expression) {
        List<Token> tokens = new ArrayList<>();
        for (int i = 0; i < expression.length(); i++) {
            int start = i;
            char c = expression.charAt(i);
            if (c == '"' || c == '\'') {
                i = Math.min(endOfQuote(expression, i), expression.length() - 1);
            } else if (Character.isJavaIdentifierPart(c)) {
                while (i + 1 < expression.length() && Character.isJavaIdentifierPart(expression.charAt(i + 1))) {
                    i++;
                }
            } else if (Character.isWhitespace(c)) {
                continue;
            }
            tokens.add(new Token(expression.substring(start, i + 1), start));
        }
        return tokens;
    }
}
