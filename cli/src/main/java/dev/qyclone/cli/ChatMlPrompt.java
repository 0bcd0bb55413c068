package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.tokens.Tokenizer;
import java.util.List;
import java.util.stream.IntStream;

/**
 * A conversation as ids in ChatML: {@code <|im_start|>role\ncontent<|im_end|>\n} for each turn, and the beginning of the
 * assistant's. Roles and contents are ordinary text: nobody can write a control token into them.
 */
final class ChatMlPrompt {
    private final Tokenizer tokenizer;
    private final int start;
    private final int end;

    /** One message. */
    record Turn(String role, String content) {
    }

    /** @throws EngineException UNSUPPORTED if the vocabulary has no ChatML tokens */
    ChatMlPrompt(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.start = control("<|im_start|>");
        this.end = control("<|im_end|>");
    }

    private int control(String token) {
        return tokenizer.idOf(token).orElseThrow(() -> new EngineException(ErrorCode.UNSUPPORTED, "this model cannot chat")
                .expected("the token " + token + " in its vocabulary").got("none").remedy("use qyclone run with it, or a chat model"));
    }

    int[] encode(List<Turn> turns) {
        IntStream ids = IntStream.empty();
        for (Turn turn : turns) {
            IntStream message = IntStream.concat(IntStream.of(start), ordinary(turn.role() + "\n" + turn.content()));
            ids = IntStream.concat(ids, IntStream.concat(message, IntStream.concat(IntStream.of(end), ordinary("\n"))));
        }
        return IntStream.concat(ids, IntStream.concat(IntStream.of(start), ordinary("assistant\n"))).toArray();
    }

    private IntStream ordinary(String text) {
        return IntStream.of(tokenizer.encodeOrdinary(text));
    }
}
