package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Templates as published, and our own that use much of the language, against Jinja2. */
class ChatTemplateTest {
    @ParameterizedTest
    @CsvSource({"qwen1.5-chat-first,56", "qwen1.5-chat,56", "qwen2-instruct,56", "qwen2.5-instruct,58", "demo,56",
        "default-system,56", "tools,58", "constructs,8"})
    void rendersAsHuggingFace(String name, int cases) {
        ChatTemplate template = ChatGolden.template(name);
        int compared = 0;
        for (ChatGolden golden : ChatGolden.all()) {
            if (golden.rendered().has(name)) {
                String text = template.render(golden.messages(), golden.tools(), golden.addGenerationPrompt());
                assertEquals(golden.rendered().get(name).asText(), text, golden.name());
                compared++;
            }
        }
        assertEquals(cases, compared);
    }
}
