package dev.qyclone.profiles.tune;

import java.util.Locale;

/** What can be made fast. */
public enum Metric {
    /** Seconds per token written. */
    DECODE,
    /** Seconds for the prompt, without its logits. */
    PREFILL,
    /** Seconds to the first token: the prompt and its logits. */
    TTFT;

    /** As users write it. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
