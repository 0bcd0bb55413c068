package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A Jinja template.
 *
 * <p>To tell the specials that the template writes from the same text inside a message, each special in the template's own
 * source is replaced by a private-use character that occurs nowhere else, and the rendered text is cut there. Messages are
 * never changed, so nothing that a template asks of them changes either. As a check, the rendering with the characters put
 * back must equal the plain one.
 */
final class JinjaTemplate extends ChatTemplate {
    static final int MAX_SOURCE = 1 << 18;

    /** Only such specials can be meant as tokens in a template's source; others might be words of its language. */
    private static final Pattern MARKABLE = Pattern.compile("<[^\\s\"'\\\\{}%#<>]+>");
    private static final Pattern STATEMENT = Pattern.compile("\\{%.*?%}", Pattern.DOTALL);

    private final String name;
    private final String source;
    private final Map<String, String> tokens;
    private final JinjaSandbox sandbox;

    /** @param tokens variables such as eos_token with their texts */
    JinjaTemplate(String name, String source, Map<String, String> tokens) {
        if (source.length() > MAX_SOURCE) {
            throw tooLong(name, source.length());
        }
        this.name = name;
        this.source = source;
        this.tokens = Map.copyOf(tokens);
        sandbox = new JinjaSandbox(name);
    }

    static EngineException tooLong(String name, long length) {
        return new EngineException(ErrorCode.BAD_MODEL, "the chat template of " + name + " is too long")
                .expected("at most " + MAX_SOURCE + " characters").got(length);
    }

    @Override
    public String render(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt) {
        return sandbox.render(source, bindings(messages, tools, addGenerationPrompt, UnaryOperator.identity()));
    }

    @Override
    List<Piece> pieces(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, Set<String> specials) {
        String plain = render(messages, tools, addGenerationPrompt);
        Marks marks = Marks.of(specials.stream().filter(s -> MARKABLE.matcher(s).matches() && writes(s)).toList(),
                source + tokens + plain + messages + tools);
        // A template that looks for a special inside a message must find it there, so the second try leaves statements alone.
        List<UnaryOperator<String>> tries = List.of(marks::insert, text -> outsideStatements(text, marks));
        for (UnaryOperator<String> mark : tries) {
            String marked = sandbox.render(mark.apply(source), bindings(messages, tools, addGenerationPrompt, marks::insert));
            List<Piece> pieces = marks.cut(marked);
            if (plain.equals(pieces.stream().map(Piece::text).collect(Collectors.joining()))) {
                return pieces;
            }
        }
        throw new EngineException(ErrorCode.UNSUPPORTED, "the chat template of " + name
                + " makes its output depend on control tokens in a way that cannot be kept safe from the messages")
                .remedy("use a model with another template");
    }

    private boolean writes(String special) {
        return source.contains(special) || tokens.values().stream().anyMatch(value -> value.contains(special));
    }

    private static String outsideStatements(String text, Marks marks) {
        StringBuilder marked = new StringBuilder();
        int from = 0;
        for (var matcher = STATEMENT.matcher(text); matcher.find(); from = matcher.end()) {
            marked.append(marks.insert(text.substring(from, matcher.start()))).append(matcher.group());
        }
        return marked.append(marks.insert(text.substring(from))).toString();
    }

    private Map<String, Object> bindings(
            List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, UnaryOperator<String> mark) {
        Map<String, Object> bindings = new LinkedHashMap<>();
        tokens.forEach((key, value) -> bindings.put(key, mark.apply(value)));
        bindings.put("messages", messages.stream().map(JinjaTemplate::value).collect(Collectors.toCollection(ArrayList::new)));
        bindings.put(JinjaExpression.NONE, JinjaValue.NONE);
        bindings.put("tools", tools.isEmpty() ? JinjaValue.NONE
                : tools.stream().map(JinjaValue::of).collect(Collectors.toCollection(ArrayList::new)));
        bindings.put("add_generation_prompt", addGenerationPrompt);
        return bindings;
    }

    private static Map<String, Object> value(ChatMessage message) {
        Map<String, Object> value = new LinkedHashMap<>();
        value.put("role", JinjaValue.of(message.role()));
        value.put("content", JinjaValue.of(message.content()));
        if (!message.toolCalls().isEmpty()) {
            List<Object> calls = new ArrayList<>();
            for (ToolCall call : message.toolCalls()) {
                Map<String, Object> function = new LinkedHashMap<>();
                function.put("name", JinjaValue.of(call.name()));
                function.put("arguments", JinjaValue.of(call.arguments()));
                Map<String, Object> entry = new LinkedHashMap<>();
                entry.put("type", "function");
                entry.put("function", function);
                calls.add(entry);
            }
            value.put("tool_calls", calls);
        }
        return value;
    }

    /** Private-use characters that stand for specials. */
    private record Marks(Map<Integer, String> specials, Map<String, String> characters, Pattern any) {
        private static final int[][] PRIVATE_USE = {{0xE000, 0xF8FF}, {0xF0000, 0xFFFFD}, {0x100000, 0x10FFFD}};

        /** @param taken every text that may be rendered */
        static Marks of(List<String> specials, String taken) {
            Set<Integer> used = taken.codePoints().filter(c -> Character.getType(c) == Character.PRIVATE_USE).boxed()
                    .collect(Collectors.toSet());
            Map<Integer, String> byMark = new LinkedHashMap<>();
            Map<String, String> bySpecial = new LinkedHashMap<>();
            List<String> longestFirst = specials.stream().sorted(Comparator.comparingInt(String::length).reversed()).toList();
            for (int[] range : PRIVATE_USE) {
                for (int mark = range[0]; mark <= range[1] && byMark.size() < longestFirst.size(); mark++) {
                    if (!used.contains(mark)) {
                        String special = longestFirst.get(byMark.size());
                        byMark.put(mark, special);
                        bySpecial.put(special, Character.toString(mark));
                    }
                }
            }
            if (byMark.size() < longestFirst.size()) {
                throw new EngineException(ErrorCode.BAD_REQUEST, "the conversation uses up all private-use characters of Unicode");
            }
            String any = longestFirst.stream().map(Pattern::quote).collect(Collectors.joining("|"));
            return new Marks(byMark, bySpecial, any.isEmpty() ? null : Pattern.compile(any));
        }

        String insert(String text) {
            return any == null ? text : any.matcher(text).replaceAll(match -> characters.get(match.group()));
        }

        List<Piece> cut(String marked) {
            List<Piece> pieces = new ArrayList<>();
            StringBuilder text = new StringBuilder();
            marked.codePoints().forEach(c -> {
                String special = specials.get(c);
                if (special == null) {
                    text.appendCodePoint(c);
                    return;
                }
                flush(text, pieces);
                pieces.add(new Piece(special, true));
            });
            flush(text, pieces);
            return pieces;
        }

        private static void flush(StringBuilder text, List<Piece> pieces) {
            if (!text.isEmpty()) {
                pieces.add(new Piece(text.toString(), false));
                text.setLength(0);
            }
        }
    }
}
