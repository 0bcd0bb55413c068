package dev.qyclone.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.interpret.TemplateSyntaxException;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.LengthLimitingStringBuilder;
import com.hubspot.jinjava.util.ObjectTruthValue;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code for} as Jinja2 has it; jinjava's own neither knows {@code for x in list if condition} and {@code else}, nor forgets
 * what an iteration set.
 */
final class JinjaLoop implements Tag {
    private static final long serialVersionUID = 1L;
    private static final Pattern HEADER = Pattern.compile("\\s*\\(?([\\w\\s,]+?)\\)?\\s+in\\s+(.+)", Pattern.DOTALL);

    @Override
    public String getName() {
        return "for";
    }

    @Override
    public String interpret(TagNode node, JinjavaInterpreter interpreter) {
        Matcher header = HEADER.matcher(node.getHelpers());
        if (!header.matches()) {
            throw new TemplateSyntaxException(node.getMaster().getImage(), "'for' needs 'in'", node.getLineNumber());
        }
        String[] names = header.group(1).strip().split("\\s*,\\s*");
        String expression = header.group(2);
        int condition = JinjaExpression.topLevelWord(expression, "if");
        List<?> items = PythonFilters.list(interpreter.resolveELExpression(
                condition < 0 ? expression : expression.substring(0, condition), node.getLineNumber()));
        if (condition >= 0) {
            items = filtered(node, interpreter, names, items, expression.substring(condition + "if".length()));
        }
        LengthLimitingStringBuilder out = new LengthLimitingStringBuilder(JinjaSandbox.MAX_OUTPUT);
        List<Node> body = new ArrayList<>(node.getChildren());
        List<Node> otherwise = List.of();
        for (int i = 0; i < body.size(); i++) {
            if (body.get(i) instanceof TagNode tag && tag.getTag() instanceof ElseTag) {
                otherwise = body.subList(i + 1, body.size());
                body = body.subList(0, i);
            }
        }
        if (items.isEmpty()) {
            otherwise.forEach(child -> out.append(child.render(interpreter)));
            return out.toString();
        }
        try (var loopScope = interpreter.enterScope()) {
            ForLoop loop = new ForLoop(items.iterator(), items.size());
            interpreter.getContext().put("loop", loop);
            while (loop.hasNext()) {
                iterate(node, interpreter, names, loop, body, out);
            }
        }
        return out.toString();
    }

    private static void iterate(TagNode node, JinjavaInterpreter interpreter, String[] names, ForLoop loop, List<Node> body,
            LengthLimitingStringBuilder out) {
        interpreter.getConfig().getNodePreProcessor().accept(node, interpreter);
        try (var scope = interpreter.enterScope()) {
            bind(node, interpreter, names, loop.next());
            for (Node child : body) {
                out.append(child.render(interpreter));
                if (loop.isContinued()) {
                    return;
                }
            }
        }
    }

    private static List<?> filtered(TagNode node, JinjavaInterpreter interpreter, String[] names, List<?> items, String condition) {
        List<Object> kept = new ArrayList<>();
        for (Object item : items) {
            try (var scope = interpreter.enterScope()) {
                interpreter.getConfig().getNodePreProcessor().accept(node, interpreter);
                bind(node, interpreter, names, item);
                Object value = interpreter.resolveELExpression(condition, node.getLineNumber());
                if (ObjectTruthValue.evaluate(value)) {
                    kept.add(item);
                }
            }
        }
        return kept;
    }

    private static void bind(TagNode node, JinjavaInterpreter interpreter, String[] names, Object item) {
        if (names.length == 1) {
            interpreter.getContext().put(names[0], interpreter.wrap(item));
            return;
        }
        if (!(item instanceof List<?> parts) || parts.size() != names.length) {
            throw new TemplateSyntaxException(node.getMaster().getImage(), "cannot unpack into " + names.length + " names",
                    node.getLineNumber());
        }
        for (int i = 0; i < names.length; i++) {
            interpreter.getContext().put(names[i], interpreter.wrap(parts.get(i)));
        }
    }
}
