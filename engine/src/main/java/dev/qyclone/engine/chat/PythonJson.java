package dev.qyclone.engine.chat;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** JSON as Python's {@code json.dumps(value, ensure_ascii=False, indent=…)} writes it. */
final class PythonJson {
    private static final int MAX_DEPTH = 500;

    private final StringBuilder out = new StringBuilder();
    private final String indent;

    private PythonJson(String indent) {
        this.indent = indent;
    }

    /** @param indent what a level is indented by; null for one line */
    static String write(Object value, String indent) {
        PythonJson json = new PythonJson(indent);
        json.value(value, 0);
        return json.out.toString();
    }

    private void value(Object value, int depth) {
        if (depth > MAX_DEPTH) {
            throw new TemplateRefusal("tojson: a value is nested deeper than " + MAX_DEPTH + " levels");
        }
        if (out.length() > JinjaSandbox.MAX_OUTPUT) {
            throw new TemplateRefusal("tojson: the result is too long");
        }
        if (value == JinjaValue.NONE) {
            out.append("null");
            return;
        }
        switch (value) {
            case null -> throw new TemplateRefusal("tojson: an undefined value cannot be written as JSON");
            case Map<?, ?> map -> items('{', '}', map.entrySet().iterator(), depth);
            case List<?> list -> items('[', ']', list.iterator(), depth);
            case Boolean flag -> out.append(flag);
            case Double number -> out.append(floating(number));
            case Float number -> out.append(floating(number));
            case BigDecimal number -> out.append(floating(number.doubleValue()));
            case Number number -> out.append(number);
            default -> {
                String text = JinjaValue.text(value);
                if (text == null) {
                    throw new TemplateRefusal("tojson: a value of this kind cannot be written as JSON");
                }
                string(text);
            }
        }
    }

    private void items(char open, char close, Iterator<?> items, int depth) {
        out.append(open);
        boolean empty = !items.hasNext();
        while (items.hasNext()) {
            newLine(depth + 1);
            Object item = items.next();
            if (item instanceof Map.Entry<?, ?> entry) {
                string(String.valueOf(entry.getKey()));
                out.append(": ");
                value(entry.getValue(), depth + 1);
            } else {
                value(item, depth + 1);
            }
            if (items.hasNext()) {
                out.append(indent == null ? ", " : ",");
            }
        }
        if (!empty) {
            newLine(depth);
        }
        out.append(close);
    }

    private void newLine(int depth) {
        if (indent != null) {
            out.append('\n').repeat(indent, depth);
        }
    }

    private void string(String text) {
        out.append('"');
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '"' -> out.append("\\\"");
                case '\\' -> out.append("\\\\");
                case '\n' -> out.append("\\n");
                case '\r' -> out.append("\\r");
                case '\t' -> out.append("\\t");
                case '\f' -> out.append("\\f");
                case '\b' -> out.append("\\b");
                default -> {
                    if (c < 0x20) {
                        out.append(String.format("\\u%04x", (int) c));
                    } else {
                        out.append(c);
                    }
                }
            }
        }
        out.append('"');
    }

    /** Python's repr: the shortest digits that give the number again, with an exponent below 1e-4 and from 1e16 on. */
    private static String floating(double number) {
        if (Double.isNaN(number)) {
            return "NaN";
        }
        if (Double.isInfinite(number)) {
            return number > 0 ? "Infinity" : "-Infinity";
        }
        if (number == 0) {
            return 1 / number < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(number)).stripTrailingZeros();
        // Java gives two digits where one would do, if two are nearer: 4.9E-324, in Python 5e-324.
        BigDecimal oneDigit = shortest.round(new MathContext(1, RoundingMode.HALF_EVEN)).stripTrailingZeros();
        if (oneDigit.doubleValue() == number) {
            shortest = oneDigit;
        }
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.contains(".") ? plain : plain + ".0";
        }
        String digits = shortest.unscaledValue().abs().toString();
        String mantissa = digits.length() == 1 ? digits : digits.charAt(0) + "." + digits.substring(1);
        return (number < 0 ? "-" : "") + mantissa + String.format(Locale.ROOT, "e%+03d", exponent);
    }
}
