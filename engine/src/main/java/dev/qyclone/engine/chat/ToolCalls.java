package dev.qyclone.engine.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * An answer in Qwen2.5's form (Hermes style): text, and calls between {@code <tool_call>} and {@code </tool_call>}.
 *
 * @param text what is no call, without white space at its ends; a call that is not closed or whose JSON is broken stays in it
 *     as it was written
 * @param calls in the order of the answer
 */
public record ToolCalls(String text, List<ToolCall> calls) {
    private static final String OPEN = "<tool_call>";
    private static final String CLOSE = "</tool_call>";
    private static final JsonMapper STRICT = JsonMapper.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    public ToolCalls {
        calls = List.copyOf(calls);
    }

    /** Takes an answer apart; never fails. */
    public static ToolCalls parse(String answer) {
        StringBuilder text = new StringBuilder();
        List<ToolCall> calls = new ArrayList<>();
        int from = 0;
        while (true) {
            int open = answer.indexOf(OPEN, from);
            int close = open < 0 ? -1 : answer.indexOf(CLOSE, open);
            if (close < 0) {
                return new ToolCalls(text.append(answer, from, answer.length()).toString().strip(), calls);
            }
            // Of several that open before one closes, the last is meant: arguments cannot hold a call.
            open = answer.lastIndexOf(OPEN, close);
            int end = close + CLOSE.length();
            ToolCall call = call(answer.substring(open + OPEN.length(), close));
            if (call == null) {
                text.append(answer, from, end);
            } else {
                text.append(answer, from, open);
                calls.add(call);
            }
            from = end;
        }
    }

    private static ToolCall call(String json) {
        try {
            JsonNode node = STRICT.readTree(json.strip());
            boolean whole = node != null && node.path("name").isTextual() && !node.path("name").textValue().isEmpty()
                    && node.path("arguments") instanceof ObjectNode;
            return whole ? new ToolCall(node.get("name").textValue(), (ObjectNode) node.get("arguments")) : null;
        } catch (JsonProcessingException e) {
            return null;
        }
    }
}
