package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Templates as published, against Jinja2. */
class ChatTemplateTest {
    private static final int CASES = 58;

    @ParameterizedTest
    @ValueSource(strings = {"qwen1.5-chat-first", "qwen1.5-chat", "qwen2-instruct", "qwen2.5-instruct", "demo"})
    void rendersAsHuggingFace(String name) {
        ChatTemplate template = ChatGolden.template(name);
        int compared = 0;
        for (ChatGolden golden : ChatGolden.all()) {
            if (golden.rendered().has(name)) {
                String text = template.render(golden.messages(), golden.tools(), golden.addGenerationPrompt());
                assertEquals(golden.rendered().get(name).asText(), text, golden.name());
                compared++;
            }
        }
        assertEquals(name.startsWith("qwen2.5") ? CASES : CASES - 2, compared);
    }
}
