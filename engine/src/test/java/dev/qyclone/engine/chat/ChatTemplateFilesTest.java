package dev.qyclone.engine.chat;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where a folder keeps its template, and what happens where it keeps none. */
class ChatTemplateFilesTest {
    private static final List<ChatMessage> HELLO = List.of(ChatMessage.of("user", "Hello"));
    private static final List<JsonNode> TOOL = List.of(ChatGolden.JSON.createObjectNode().put("type", "function"));

    @TempDir
    private Path folder;

    private ChatTemplate read() {
        return ChatTemplate.of(new ModelSource.Folder(folder, null, null));
    }

    private void config(String json) throws IOException {
        Files.writeString(folder.resolve("tokenizer_config.json"), json);
    }

    @Test
    void withoutOneItIsChatMlWithoutASystemPrompt() throws IOException {
        assertInstanceOf(ChatMl.class, read());
        config("{\"chat_template\":null}");
        assertEquals("<|im_start|>user\nHello<|im_end|>\n<|im_start|>assistant\n", read().render(HELLO, List.of(), true));
    }

    @Test
    void chatMlHasNoTools() {
        EngineException refusal = assertThrows(EngineException.class, () -> ChatTemplate.chatMl().render(HELLO, TOOL, true));
        assertEquals(ErrorCode.BAD_REQUEST, refusal.code());
    }

    @Test
    void chatMlIsThePlainTemplate() throws IOException {
        config(ChatGolden.JSON.createObjectNode().put("chat_template", ChatGolden.resource("demo.jinja")).toString());
        assertInstanceOf(ChatMl.class, read());
        for (ChatGolden golden : ChatGolden.all()) {
            boolean calls = golden.messages().stream().anyMatch(message -> !message.toolCalls().isEmpty());
            if (!calls && golden.tools().isEmpty()) {
                String text = ChatTemplate.chatMl().render(golden.messages(), List.of(), golden.addGenerationPrompt());
                assertEquals(golden.rendered().get("demo").asText(), text, golden.name());
            }
        }
    }

    @Test
    void aString() throws IOException {
        config("{\"chat_template\":\"{{ messages[0].content }}{{ eos_token }}{{ pad_token }}\",\"eos_token\":{\"content\":\"<|im_end|>\"},"
                + "\"pad_token\":\"P\"}");
        assertEquals("Hello<|im_end|>P", read().render(HELLO, List.of(), true));
        assertEquals(List.of(new Piece("Hello", false), new Piece("<|im_end|>", true), new Piece("P", false)),
                read().pieces(HELLO, List.of(), true, Set.of("<|im_end|>", "P", "Hello")));
    }

    @Test
    void aListByUse() throws IOException {
        config("{\"chat_template\":[{\"name\":\"default\",\"template\":\"plain\"},{\"name\":\"tool_use\",\"template\":\"tools\"}]}");
        assertEquals("plain", read().render(HELLO, List.of(), true));
        assertEquals("tools", read().render(HELLO, TOOL, true));
    }

    @Test
    void theFileComesFirst() throws IOException {
        config("{\"chat_template\":\"config\"}");
        Files.writeString(folder.resolve("chat_template.jinja"), "file\r\n\n");
        assertEquals("file\n", read().render(HELLO, List.of(), true));
    }

    @Test
    void wrongFormsAreNamed() throws IOException {
        config("{\"chat_template\":[{\"name\":\"default\"}]}");
        assertTrue(assertThrows(EngineException.class, this::read).getMessage().contains("tokenizer_config.json: key chat_template"));
        config("{\"chat_template\":7}");
        assertThrows(EngineException.class, this::read);
        Files.write(folder.resolve("chat_template.jinja"), new byte[] {(byte) 0xFF});
        config("{}");
        assertEquals(ErrorCode.BAD_FILE, assertThrows(EngineException.class, this::read).code());
    }

    /** A template that asks whether a message holds a special must find it there, and the message's own must stay text. */
    @Test
    void aTemplateMayLookForSpecialsInMessages() {
        ChatTemplate template = ChatTemplate.ofJinja("t", "{% set c = messages[0].content %}{% if '<x>' in c %}"
                + "{% set c = c.split('<x>')[-1] %}{% endif %}<x>{{ '<|a|>' + c }}<|b|>");
        List<ChatMessage> messages = List.of(ChatMessage.of("user", "1<x>2<|a|>3"));
        assertEquals(List.of(new Piece("<x>", true), new Piece("<|a|>", true), new Piece("2<|a|>3", false), new Piece("<|b|>", true)),
                template.pieces(messages, List.of(), false, Set.of("<x>", "<|a|>", "<|b|>")));
    }

    @Test
    void partsOfASpecialAtABorderStayText() {
        ChatTemplate template = ChatTemplate.ofJinja("t", "{{ '<|a' + messages[0].content + '|>' }}<|{{ messages[1].content }}|>");
        List<ChatMessage> messages = List.of(ChatMessage.of("user", "|><|a"), ChatMessage.of("user", "a"));
        assertEquals(List.of(new Piece("<|a|><|a|><|a|>", false)), template.pieces(messages, List.of(), false, Set.of("<|a|>")));
    }

    @Test
    void privateUseCharactersInMessagesAreKept() {
        StringBuilder all = new StringBuilder();
        for (int c = 0xE000; c <= 0xF8FF; c++) {
            all.appendCodePoint(c);
        }
        ChatTemplate template = ChatTemplate.ofJinja("t", "<|a|>{{ messages[0].content }}");
        assertEquals(List.of(new Piece("<|a|>", true), new Piece(all.toString(), false)),
                template.pieces(List.of(ChatMessage.of("user", all.toString())), List.of(), false, Set.of("<|a|>")));
    }
}
