package dev.qyclone.profiles.tune;

/**
 * How fast a placement is, predicted or measured.
 *
 * @param decode tokens per second
 * @param prefill tokens per second
 * @param ttft seconds from the prompt to its logits
 */
public record Speeds(double decode, double prefill, double ttft) {
    /** Each number by the other's. */
    public Speeds over(Speeds other) {
        return new Speeds(decode / other.decode, prefill / other.prefill, ttft / other.ttft);
    }

    static Speeds of(Workload workload, double decodeSeconds, double prefillSeconds, double ttftSeconds) {
        return new Speeds(1 / decodeSeconds, workload.prompt() / prefillSeconds, ttftSeconds);
    }
}
