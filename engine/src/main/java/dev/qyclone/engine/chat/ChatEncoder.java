package dev.qyclone.engine.chat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tokens.Tokenizer;
import java.util.Arrays;
import java.util.Iterator;
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
        return encode(messages, tools, addGenerationPrompt, List.of());
    }

    /**
     * The ids of a conversation, in which answers keep the ids that the model wrote them with.
     *
     * @param answers earlier ones, in order; one whose text is not in the rendering, or is not what its ids stand for, is left out
     */
    public int[] encode(List<ChatMessage> messages, List<JsonNode> tools, boolean addGenerationPrompt, List<Answer> answers) {
        List<Piece> pieces = template.pieces(messages, tools, addGenerationPrompt, tokenizer.specials());
        IntStream.Builder ids = IntStream.builder();
        Iterator<Answer> rest = answers.stream().filter(this::stands).iterator();
        Answer next = rest.hasNext() ? rest.next() : null;
        for (Piece piece : pieces) {
            if (piece.special()) {
                ids.add(id(piece.text()));
            } else if (next != null && piece.text().endsWith(next.text())) {
                addOrdinary(piece.text().substring(0, piece.text().length() - next.text().length()), ids);
                Arrays.stream(next.ids()).forEach(ids::add);
                next = rest.hasNext() ? rest.next() : null;
            } else {
                addOrdinary(piece.text(), ids);
            }
        }
        return ids.build().toArray();
    }

    private boolean stands(Answer answer) {
        return !answer.text().isEmpty() && tokenizer.decode(answer.ids()).equals(answer.text());
    }

    private void addOrdinary(String text, IntStream.Builder ids) {
        for (int id : tokenizer.encodeOrdinary(text)) {
            ids.add(id);
        }
    }

    private int id(String special) {
        return tokenizer.idOf(special).orElseThrow(() ->
                new EngineException(ErrorCode.BAD_MODEL, "the model's vocabulary has no token " + special)
                        .remedy("this model cannot chat; use it for plain completion"));
    }
}
