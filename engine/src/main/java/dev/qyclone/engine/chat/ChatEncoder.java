package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tokens.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Conversations to token ids. Ids of special tokens stand only where the template itself writes them; their text inside roles,
 * contents, tools and arguments is encoded as ordinary text, so no message can forge a turn. The text between two specials is
 * encoded as one, as Hugging Face does, so for conversations without such text the ids are the same as there.
 */
public record ChatEncoder(ChatTemplate template, Tokenizer tokenizer) {
    /**
     * The ids of a conversation.
     *
     * @param tools see {@link ChatTemplate#render}
     * @throws EngineException as {@link ChatTemplate#render}; BAD_MODEL if the vocabulary lacks ChatML's tokens
     */
    public int[] encode(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt) {
        List<Piece> pieces = template.pieces(messages, tools, addGenerationPrompt, tokenizer.specials());
        return pieces.stream().flatMapToInt(this::ids).toArray();
    }

    private IntStream ids(Piece piece) {
        return piece.special() ? IntStream.of(id(piece.text())) : IntStream.of(tokenizer.encodeOrdinary(piece.text()));
    }

    private int id(String special) {
        return tokenizer.idOf(special).orElseThrow(() ->
                new EngineException(ErrorCode.BAD_MODEL, "the model's vocabulary has no token " + special)
                        .remedy("this model cannot chat; use it for plain completion"));
    }
}
