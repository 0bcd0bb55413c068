package dev.qyclone.engine.chat;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Turns a template for Jinja2 with trim_blocks and lstrip_blocks into one that jinjava, with all white space control off,
 * renders alike. jinjava's own lstrip_blocks also strips where text stands before the block on its line.
 *
 * <p>As in Jinja2: a block or comment alone at the beginning of its line takes the white space before it along, and the one
 * newline after it; {@code -} takes all white space on its side, {@code +} keeps it. What is printed goes through a function
 * that writes it as Python does.
 */
final class JinjaSource {
    private static final Pattern RAW = Pattern.compile("\\s*raw\\s*");
    private static final Pattern END_OF_RAW = Pattern.compile("\\{%([-+]?)\\s*endraw\\s*([-+]?)%}");

    private final String source;
    private final StringBuilder out = new StringBuilder();
    private int at;
    private boolean lineStarts = true;

    private JinjaSource(String source) {
        this.source = source;
    }

    static String rewrite(String template) {
        String lines = template.replace("\r\n", "\n").replace('\r', '\n');
        // Jinja2 drops one newline at the very end.
        return new JinjaSource(lines.endsWith("\n") ? lines.substring(0, lines.length() - 1) : lines).rewrite();
    }

    private String rewrite() {
        for (int open = nextTag(); open >= 0; open = nextTag()) {
            char kind = source.charAt(open + 1);
            int close = kind == '#' ? source.indexOf("#}", open + 2)
                    : JinjaExpression.closing(source, open + 2, kind == '{' ? '}' : '%');
            if (close < 0) {
                throw new TemplateFlaw("has a tag without an end, which begins with {" + kind);
            }
            String inside = source.substring(open + 2, close);
            String left = sign(inside, 0);
            String right = inside.length() > left.length() ? sign(inside, inside.length() - 1) : "";
            text(open, left, kind != '{');
            keepLastBrace();
            inside = inside.substring(left.length(), inside.length() - right.length());
            switch (kind) {
                case '{' -> out.append("{{ " + PythonFilters.PRINT + "(").append(JinjaExpression.rewrite(inside)).append(") }}");
                case '%' -> out.append("{% ").append(JinjaExpression.rewrite(inside).strip()).append(" %}");
                default -> {
                }
            }
            after(close + 2, right, kind != '{');
            if (kind == '%' && RAW.matcher(inside).matches()) {
                raw();
            }
        }
        return out.append(source, at, source.length()).toString();
    }

    private int nextTag() {
        for (int i = at; i + 1 < source.length(); i++) {
            if (source.charAt(i) == '{' && "{%#".indexOf(source.charAt(i + 1)) >= 0) {
                return i;
            }
        }
        return -1;
    }

    private static String sign(String inside, int index) {
        return !inside.isEmpty() && "+-".indexOf(inside.charAt(index)) >= 0 ? inside.substring(index, index + 1) : "";
    }

    /** Copies the text before a tag, less what the tag strips. */
    private void text(int tag, String sign, boolean block) {
        String text = source.substring(at, tag);
        int line = text.lastIndexOf('\n') + 1;
        if (sign.equals("-")) {
            text = PythonMethods.strip(text, null, false, true);
        } else if (block && sign.isEmpty() && (line > 0 || lineStarts) && text.substring(line).isBlank()) {
            text = text.substring(0, line);
        }
        out.append(text);
    }

    /** A brace that comes to stand before a tag, or before text that a comment stood before, must not open one with it. */
    private void keepLastBrace() {
        int last = out.length() - 1;
        if (last >= 0 && out.charAt(last) == '{') {
            out.replace(last, last + 1, "{{ '{' }}");
        }
    }

    /** Goes on after a tag and what it strips. */
    private void after(int end, String sign, boolean block) {
        at = end;
        lineStarts = false;
        if (sign.equals("-")) {
            at = source.length() - PythonMethods.strip(source.substring(end), null, true, false).length();
            lineStarts = at > end && source.charAt(at - 1) == '\n';
        } else if (block && sign.isEmpty() && source.startsWith("\n", end)) {
            at = end + 1;
            lineStarts = true;
        }
    }

    private void raw() {
        Matcher end = END_OF_RAW.matcher(source);
        if (!end.find(at)) {
            throw new TemplateFlaw("has a raw block without an end");
        }
        text(end.start(), end.group(1), true);
        out.append("{% endraw %}");
        after(end.end(), end.group(2), true);
    }
}
