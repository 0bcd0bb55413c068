package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Locale;

/**
 * How long a run took and what it held. Times are in nanoseconds, memory in bytes.
 *
 * @param load opening the model: mapping the weights, reading the tokenizer
 * @param firstToken from the prompt's arrival to the first token
 * @param promptTokens tokens of the prompt that were computed
 * @param cachedTokens tokens of the prompt that the session held already
 * @param prefill computing the prompt
 * @param tokens tokens written
 * @param decode writing all tokens but the first, which the prefill gave
 * @param weightBytes the mapped weights
 * @param cacheBytes keys and values
 * @param heapBytes Java's heap in use
 */
record RunStatistics(
        long load, long firstToken, int promptTokens, int cachedTokens, long prefill, int tokens, long decode, long weightBytes,
        long cacheBytes, long heapBytes) {

    double prefillPerSecond() {
        return Amounts.perSecond(promptTokens, prefill);
    }

    double decodePerSecond() {
        return Amounts.perSecond(tokens - 1L, decode);
    }

    /** The end line. */
    String line() {
        StringBuilder line = new StringBuilder();
        line.append("load ").append(Amounts.seconds(load));
        line.append(" | first token ").append(Amounts.seconds(firstToken));
        line.append(" | prefill ").append(promptTokens).append(" tokens");
        if (promptTokens > 0) {
            line.append(", ").append(rate(prefillPerSecond()));
        }
        if (cachedTokens > 0) {
            line.append(" (").append(cachedTokens).append(" kept)");
        }
        line.append(" | decode ").append(tokens).append(tokens == 1 ? " token" : " tokens");
        if (tokens > 1) {
            line.append(", ").append(rate(decodePerSecond()));
        }
        return line.append(" | memory ").append(Amounts.bytes(weightBytes)).append(" weights, ").append(Amounts.bytes(cacheBytes))
                .append(" cache, ").append(Amounts.bytes(heapBytes)).append(" heap").toString();
    }

    private static String rate(double perSecond) {
        return String.format(Locale.ROOT, perSecond < 100 ? "%.1f tokens/s" : "%.0f tokens/s", perSecond);
    }

    void write(JsonGenerator fields) throws IOException {
        fields.writeObjectFieldStart("statistics");
        fields.writeNumberField("loadSeconds", load / 1e9);
        fields.writeNumberField("firstTokenSeconds", firstToken / 1e9);
        fields.writeNumberField("promptTokens", promptTokens);
        fields.writeNumberField("cachedTokens", cachedTokens);
        fields.writeNumberField("prefillTokensPerSecond", prefillPerSecond());
        fields.writeNumberField("tokens", tokens);
        fields.writeNumberField("decodeTokensPerSecond", decodePerSecond());
        fields.writeNumberField("weightBytes", weightBytes);
        fields.writeNumberField("cacheBytes", cacheBytes);
        fields.writeNumberField("heapBytes", heapBytes);
        fields.writeEndObject();
    }
}
