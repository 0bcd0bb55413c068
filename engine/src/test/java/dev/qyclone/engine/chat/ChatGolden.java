package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** Conversations, and what Jinja2 set up as Hugging Face does makes of them; the README beside the resource says how. */
record ChatGolden(String name, List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, JsonNode rendered) {
    static final ObjectMapper JSON = new ObjectMapper();

    static List<ChatGolden> all() {
        List<ChatGolden> all = new ArrayList<>();
        try {
            for (JsonNode node : JSON.readTree(resource("chat-golden.json"))) {
                List<ChatMessage> messages = new ArrayList<>();
                node.get("messages").forEach(message -> messages.add(message(message)));
                List<JsonNode> tools = new ArrayList<>();
                node.get("tools").forEach(tools::add);
                all.add(new ChatGolden(node.get("name").asText(), messages, tools, node.get("add_generation_prompt").asBoolean(),
                        node.get("rendered")));
            }
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
        return all;
    }

    static ChatTemplate template(String name) {
        return ChatTemplate.ofJinja(name, resource(name + ".jinja"));
    }

    static String resource(String name) {
        try (InputStream stream = ChatGolden.class.getResourceAsStream("/chat/" + name)) {
            return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private static ChatMessage message(JsonNode node) {
        List<ToolCall> calls = new ArrayList<>();
        node.path("tool_calls").forEach(call -> calls.add(
                new ToolCall(call.at("/function/name").asText(), (ObjectNode) call.at("/function/arguments"))));
        return new ChatMessage(node.get("role").asText(), node.get("content").textValue(), calls);
    }
}
