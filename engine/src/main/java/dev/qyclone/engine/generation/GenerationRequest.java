package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;

/**
 * What to generate.
 *
 * @param prompt the whole conversation so far as ids, at least one; what the session holds of it is not computed again
 * @param maxTokens ids to choose at most, 0 for none; the context may end the answer earlier
 * @param stopStrings texts that end the answer and are not part of it
 * @param moreEndTokens ids that end the answer besides the tokenizer's own, which are the model's
 * @param ignoreEndTokens true to go on after end tokens
 * @param cancelled asked between tokens and between pieces of the prompt, possibly while another thread answers
 */
public record GenerationRequest(
        int[] prompt, int maxTokens, List<String> stopStrings, Set<Integer> moreEndTokens, boolean ignoreEndTokens,
        BooleanSupplier cancelled) {
    /** For {@link #maxTokens}: until the model ends the answer or the context is full. */
    public static final int UNLIMITED = Integer.MAX_VALUE;

    public GenerationRequest {
        prompt = prompt.clone();
        stopStrings = List.copyOf(stopStrings);
        moreEndTokens = Set.copyOf(moreEndTokens);
        if (prompt.length == 0) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the prompt is empty").expected("at least one token").got("none")
                    .remedy("give a prompt");
        }
        if (maxTokens < 0) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the number of tokens to generate is negative")
                    .expected("0 or more").got(maxTokens);
        }
        if (stopStrings.contains("")) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "a stop string is empty").expected("at least one character");
        }
    }

    /** Until an end token, the limit or a full context. */
    public static GenerationRequest of(int[] prompt, int maxTokens) {
        return new GenerationRequest(prompt, maxTokens, List.of(), Set.of(), false, () -> false);
    }

    public GenerationRequest withStopStrings(List<String> texts) {
        return new GenerationRequest(prompt, maxTokens, texts, moreEndTokens, ignoreEndTokens, cancelled);
    }

    public GenerationRequest withMoreEndTokens(Set<Integer> ids) {
        return new GenerationRequest(prompt, maxTokens, stopStrings, ids, ignoreEndTokens, cancelled);
    }

    public GenerationRequest withIgnoreEndTokens(boolean ignore) {
        return new GenerationRequest(prompt, maxTokens, stopStrings, moreEndTokens, ignore, cancelled);
    }

    public GenerationRequest withCancelled(BooleanSupplier question) {
        return new GenerationRequest(prompt, maxTokens, stopStrings, moreEndTokens, ignoreEndTokens, question);
    }

    @Override
    public int[] prompt() {
        return prompt.clone();
    }
}
