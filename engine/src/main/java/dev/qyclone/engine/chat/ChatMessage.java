package dev.qyclone.engine.chat;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.List;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user}, {@code assistant}, {@code tool}, or what else the model's template knows
 * @param content the text, verbatim; null only where there are tool calls
 * @param toolCalls what an assistant asked for; empty otherwise
 */
public record ChatMessage(String role, String content, List<ToolCall> toolCalls) {
    public ChatMessage {
        toolCalls = List.copyOf(toolCalls);
        if (role == null || content == null && toolCalls.isEmpty()) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "a chat message lacks its role or its content")
                    .expected("a role, and a text or tool calls").got("role " + role + ", content " + content);
        }
    }

    /** A turn of text alone. */
    public static ChatMessage of(String role, String content) {
        return new ChatMessage(role, content, List.of());
    }
}
