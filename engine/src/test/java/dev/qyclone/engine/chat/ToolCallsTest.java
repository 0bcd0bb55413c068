package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ToolCallsTest {
    @Test
    void severalCallsAndTheTextAroundThem() {
        ToolCalls parsed = ToolCalls.parse("Let me look.\n<tool_call>\n{\"name\": \"a\", \"arguments\": {\"x\": [1, {\"y\": \"北京\"}]}}\n"
                + "</tool_call>\n<tool_call>{\"arguments\":{},\"name\":\"b\"}</tool_call>");
        assertEquals("Let me look.", parsed.text());
        assertEquals(2, parsed.calls().size());
        assertEquals("a", parsed.calls().get(0).name());
        assertEquals("{\"x\":[1,{\"y\":\"北京\"}]}", parsed.calls().get(0).arguments().toString());
        assertEquals("b", parsed.calls().get(1).name());
    }

    @ParameterizedTest
    @ValueSource(strings = {
        "no call", "", "<tool_call>{\"name\":\"a\",\"arguments\":{}}", "<tool_call>{\"name\":\"a\",\"arguments\":{}</tool_call>",
        "<tool_call>{\"name\":\"a\",\"arguments\":\"{}\"}</tool_call>", "<tool_call>{\"name\":1,\"arguments\":{}}</tool_call>",
        "<tool_call>{\"name\":\"\",\"arguments\":{}}</tool_call>", "<tool_call>[]</tool_call>", "<tool_call></tool_call>",
        "<tool_call>{\"name\":\"a\",\"arguments\":{}} x</tool_call>", "<tool_call>{'name':'a','arguments':{}}</tool_call>",
        "</tool_call>{\"name\":\"a\",\"arguments\":{}}<tool_call>",
        "<tool_call>{\"name\":\"a\",\"name\":\"b\",\"arguments\":{}}</tool_call>"
    })
    void whatIsNoCallStaysText(String answer) {
        assertEquals(new ToolCalls(answer, List.of()), ToolCalls.parse(answer));
    }

    @Test
    void aBrokenCallDoesNotHideAGoodOne() {
        ToolCalls parsed = ToolCalls.parse("<tool_call>{</tool_call> x <tool_call> "
                + "<tool_call>{\"name\":\"a\",\"arguments\":{}}</tool_call>");
        assertEquals("<tool_call>{</tool_call> x <tool_call>", parsed.text());
        assertEquals(1, parsed.calls().size());
    }

    @Test
    void deepJsonIsText() {
        String answer = "<tool_call>" + "[".repeat(100_000) + "</tool_call>";
        assertEquals(answer, ToolCalls.parse(answer).text());
    }
}
