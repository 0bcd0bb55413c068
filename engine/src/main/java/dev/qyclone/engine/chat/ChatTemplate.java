package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.model.ModelSource;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a model wants its conversations written. Immutable; safe for many threads.
 *
 * <p>{@link #render} gives the text that Hugging Face's {@code apply_chat_template} gives for the same template. To make
 * ids of it, use {@link ChatEncoder}: encoding the text with its specials would let a message forge turns.
 */
public abstract sealed class ChatTemplate permits ChatMl, JinjaTemplate, TemplateByUse {
    /**
     * The model's own template: {@code tokenizer.chat_template} of a GGUF file; of a folder {@code chat_template.jinja}, else
     * {@code chat_template} in tokenizer_config.json. A model without one gets {@link #chatMl}.
     *
     * @throws dev.qyclone.engine.error.EngineException BAD_FILE or BAD_MODEL where the template is not a text
     */
    public static ChatTemplate of(ModelSource source) {
        return ChatTemplateFiles.read(source);
    }

    /**
     * A Jinja template.
     *
     * @param name the model, for messages
     */
    public static ChatTemplate ofJinja(String name, String source) {
        return new JinjaTemplate(name, source, Map.of());
    }

    /**
     * ChatML: {@code <|im_start|>role\ncontent<|im_end|>\n} for each message. No system prompt is added where the conversation
     * has none, and there are no tools.
     */
    public static ChatTemplate chatMl() {
        return new ChatMl();
    }

    /**
     * The conversation as one text.
     *
     * @param tools functions that may be called, each {@code {"type":"function","function":{…}}}; may be empty
     * @param addGenerationPrompt true to end with the start of an answer by the assistant
     * @throws dev.qyclone.engine.error.EngineException BAD_MODEL if the template is broken, UNSUPPORTED if it uses what is not
     *     allowed or takes too long, BAD_REQUEST if it refuses the conversation
     */
    public abstract String render(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt);

    /**
     * As {@link #render}, in parts: what the template itself placed of {@code specials}, and the text between, in which no
     * neighbouring parts are both ordinary.
     */
    abstract List<Piece> pieces(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, Set<String> specials);
}
