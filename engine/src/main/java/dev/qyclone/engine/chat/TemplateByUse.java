package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Set;

/** A model that brings one template for plain conversations and another for those with tools. */
final class TemplateByUse extends ChatTemplate {
    private final ChatTemplate plain;
    private final ChatTemplate withTools;

    TemplateByUse(ChatTemplate plain, ChatTemplate withTools) {
        this.plain = plain;
        this.withTools = withTools;
    }

    @Override
    public String render(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt) {
        return choose(tools).render(messages, tools, addGenerationPrompt);
    }

    @Override
    List<Piece> pieces(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, Set<String> specials) {
        return choose(tools).pieces(messages, tools, addGenerationPrompt, specials);
    }

    private ChatTemplate choose(List<JsonNode> tools) {
        return tools.isEmpty() ? plain : withTools;
    }
}
