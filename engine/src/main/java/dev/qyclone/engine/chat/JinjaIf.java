package dev.qyclone.engine.chat;

import com.hubspot.jinjava.interpret.JinjavaInterpreter;
import com.hubspot.jinjava.lib.tag.ElseIfTag;
import com.hubspot.jinjava.lib.tag.ElseTag;
import com.hubspot.jinjava.lib.tag.Tag;
import com.hubspot.jinjava.tree.Node;
import com.hubspot.jinjava.tree.TagNode;
import com.hubspot.jinjava.util.ForLoop;
import com.hubspot.jinjava.util.LengthLimitingStringBuilder;
import com.hubspot.jinjava.util.ObjectTruthValue;

/** {@code if} as Jinja2 has it; jinjava's own renders what follows a {@code break} or {@code continue} inside it. */
final class JinjaIf implements Tag {
    private static final long serialVersionUID = 1L;

    @Override
    public String getName() {
        return "if";
    }

    @Override
    public String interpret(TagNode node, JinjavaInterpreter interpreter) {
        LengthLimitingStringBuilder out = new LengthLimitingStringBuilder(JinjaSandbox.MAX_OUTPUT);
        boolean taken = holds(node, interpreter);
        for (Node child : node.getChildren()) {
            boolean branch = child instanceof TagNode tag && (tag.getTag() instanceof ElseIfTag || tag.getTag() instanceof ElseTag);
            if (branch && taken) {
                break;
            }
            if (branch) {
                taken = ((TagNode) child).getTag() instanceof ElseTag || holds((TagNode) child, interpreter);
            } else if (taken) {
                out.append(child.render(interpreter));
                if (interpreter.getContext().get("loop") instanceof ForLoop loop && loop.isContinued()) {
                    break;
                }
            }
        }
        return out.toString();
    }

    private static boolean holds(TagNode node, JinjavaInterpreter interpreter) {
        if (node.getHelpers().isBlank()) {
            throw new TemplateFlaw("has a condition without an expression at line " + node.getLineNumber());
        }
        return ObjectTruthValue.evaluate(interpreter.resolveELExpression(node.getHelpers(), node.getLineNumber()));
    }
}
