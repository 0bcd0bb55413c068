package dev.qyclone.profiles.tune;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class GoalTest {
    @Test
    void readsOneMetricOrAMix() {
        assertEquals(Map.of(Metric.PREFILL, 1.0), Goal.parse("prefill").weights());
        assertEquals(Map.of(Metric.DECODE, 0.7, Metric.TTFT, 0.3), Goal.parse("decode:0.7, TTFT:0.3").weights());
        assertEquals(Map.of(Metric.DECODE, 1.0, Metric.PREFILL, 2.0), Goal.parse("prefill:2,decode").weights());
    }

    @ParameterizedTest
    @ValueSource(strings = {"decode", "ttft", "decode:0.7,prefill:0.3"})
    void saysWhatItReads(String words) {
        assertEquals(words, Goal.parse(words).words());
    }

    @ParameterizedTest
    @ValueSource(strings = {
            "", "speed", "decode:", "decode:0", "decode:-1", "decode:NaN", "decode:1,decode:2", "decode,", "decode:1:2", "decode:x"})
    void whatIsNoGoalIsRefused(String words) {
        assertEquals(ErrorCode.BAD_REQUEST, assertThrows(EngineException.class, () -> Goal.parse(words)).code());
    }
}
