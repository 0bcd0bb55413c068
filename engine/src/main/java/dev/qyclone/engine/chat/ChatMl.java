package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** ChatML as such, for models that bring no template, or the one that says the same. */
final class ChatMl extends ChatTemplate {
    /** The template that renders as this class does; newlines stand for themselves. */
    static final String IN_JINJA = "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content']"
            + " + '<|im_end|>' + '\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}";

    private static final Piece START = new Piece("<|im_start|>", true);
    private static final Piece END = new Piece("<|im_end|>", true);
    private static final Piece NEWLINE = new Piece("\n", false);

    @Override
    public String render(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt) {
        return pieces(messages, tools, addGenerationPrompt, Set.of()).stream().map(Piece::text).collect(Collectors.joining());
    }

    @Override
    List<Piece> pieces(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, Set<String> specials) {
        if (!tools.isEmpty()) {
            throw noTools("tools were given");
        }
        List<Piece> pieces = new ArrayList<>();
        for (ChatMessage message : messages) {
            if (!message.toolCalls().isEmpty()) {
                throw noTools("a message calls " + message.toolCalls().getFirst().name());
            }
            pieces.add(START);
            pieces.add(new Piece(message.role() + "\n" + message.content(), false));
            pieces.add(END);
            pieces.add(NEWLINE);
        }
        if (addGenerationPrompt) {
            pieces.add(START);
            pieces.add(new Piece("assistant\n", false));
        }
        return pieces;
    }

    private static EngineException noTools(String found) {
        return new EngineException(ErrorCode.BAD_REQUEST, "plain ChatML has no form for tools, and the model brings no other template")
                .got(found).remedy("leave tools out, or use a model with a chat template that knows them");
    }
}
