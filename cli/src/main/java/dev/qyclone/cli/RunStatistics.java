package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.generation.GenerationResult;
import java.io.IOException;
import java.util.Locale;

/**
 * How long an answer took and what it held.
 *
 * @param loadNanos opening the model: mapping the weights, reading the tokenizer
 * @param weightBytes the mapped weights
 * @param cacheBytes keys and values
 * @param heapBytes Java's heap in use
 */
record RunStatistics(long loadNanos, GenerationResult result, long weightBytes, long cacheBytes, long heapBytes) {
    /** The end line. */
    String line() {
        int computed = result.promptTokens() - result.reusedTokens();
        int written = result.ids().length;
        StringBuilder line = new StringBuilder();
        line.append("load ").append(Amounts.seconds(loadNanos));
        line.append(" | first token ").append(Amounts.seconds(result.firstTokenNanos()));
        line.append(" | prefill ").append(tokens(computed, result.prefillTokensPerSecond()));
        if (result.reusedTokens() > 0) {
            line.append(" (").append(result.reusedTokens()).append(" kept)");
        }
        line.append(" | decode ").append(tokens(written, result.decodeTokensPerSecond()));
        line.append(" | memory ").append(Amounts.bytes(weightBytes)).append(" weights, ").append(Amounts.bytes(cacheBytes))
                .append(" cache, ").append(Amounts.bytes(heapBytes)).append(" heap");
        return line.append(" | ended by ").append(result.reason().label()).toString();
    }

    private static String tokens(int count, double perSecond) {
        String words = count + (count == 1 ? " token" : " tokens");
        return perSecond == 0 ? words : words + String.format(Locale.ROOT, perSecond < 100 ? ", %.1f/s" : ", %.0f/s", perSecond);
    }

    void write(JsonGenerator fields) throws IOException {
        fields.writeObjectFieldStart("statistics");
        fields.writeNumberField("loadSeconds", loadNanos / 1e9);
        fields.writeNumberField("firstTokenSeconds", result.firstTokenNanos() / 1e9);
        fields.writeNumberField("promptTokens", result.promptTokens());
        fields.writeNumberField("keptTokens", result.reusedTokens());
        fields.writeNumberField("prefillTokensPerSecond", result.prefillTokensPerSecond());
        fields.writeNumberField("tokens", result.ids().length);
        fields.writeNumberField("decodeTokensPerSecond", result.decodeTokensPerSecond());
        fields.writeNumberField("weightBytes", weightBytes);
        fields.writeNumberField("cacheBytes", cacheBytes);
        fields.writeNumberField("heapBytes", heapBytes);
        fields.writeEndObject();
    }
}
