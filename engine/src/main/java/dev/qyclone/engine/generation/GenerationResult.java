package dev.qyclone.engine.generation;

/**
 * A finished answer.
 *
 * @param text without the stop string; control tokens have no text
 * @param ids every id chosen, in order, the end token or the tokens of a stop string included
 * @param reason why it ended
 * @param promptTokens ids of the prompt
 * @param reusedTokens how many of them the session held already
 * @param prefillNanos time to compute the others
 * @param firstTokenNanos time from the call to the first id; 0 where none was chosen
 * @param decodeNanos time from the first id to the last, the listener's work included
 */
public record GenerationResult(
        String text, int[] ids, FinishReason reason, int promptTokens, int reusedTokens, long prefillNanos, long firstTokenNanos,
        long decodeNanos) {

    /** Prompt tokens computed per second; 0 where there was nothing to measure. */
    public double prefillTokensPerSecond() {
        return perSecond(promptTokens - reusedTokens, prefillNanos);
    }

    /** Tokens per second after the first, which belongs to the prefill; 0 where there was nothing to measure. */
    public double decodeTokensPerSecond() {
        return perSecond(ids.length - 1, decodeNanos);
    }

    private static double perSecond(int tokens, long nanos) {
        return tokens <= 0 || nanos <= 0 ? 0 : tokens * 1e9 / nanos;
    }
}
