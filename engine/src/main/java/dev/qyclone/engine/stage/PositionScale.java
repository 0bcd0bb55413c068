package dev.qyclone.engine.stage;

/** A factor for each position, for queries or keys: computed on the host, the same for every backend. */
public final class PositionScale {
    private enum Kind {
        NONE, LOG_N, TEMPERATURE
    }

    private static final PositionScale NONE = new PositionScale(Kind.NONE, 0, 0);

    private final Kind kind;
    private final int length;
    private final int prompt;

    private PositionScale(Kind kind, int length, int prompt) {
        this.kind = kind;
        this.length = length;
        this.prompt = prompt;
    }

    /** 1 everywhere. */
    public static PositionScale none() {
        return NONE;
    }

    /**
     * The first Qwen's LogN, for queries (modeling_qwen.py): ln(p + 1) / ln S from position S on, so that attention stays as sharp over
     * longer texts as over those of training.
     *
     * @param length S, more than 1
     */
    public static PositionScale logN(int length) {
        if (length < 2) {
            throw new IllegalArgumentException("length " + length + " < 2");
        }
        return new PositionScale(Kind.LOG_N, length, 0);
    }

    /**
     * The temperature that goes with Dual Chunk Attention, for queries and for keys (vLLM, dual_chunk_flash_attn.py):
     * max(1, 0.1 ln(n / L0) + 1), where n is the prompt's length within the prompt and the text's length so far after it.
     *
     * @param length L0, positive
     * @param prompt tokens of the prompt that begins the session
     */
    public static PositionScale temperature(int length, int prompt) {
        if (length < 1) {
            throw new IllegalArgumentException("length " + length + " < 1");
        }
        return new PositionScale(Kind.TEMPERATURE, length, prompt);
    }

    /** True if it is 1 everywhere. */
    public boolean isNone() {
        return kind == Kind.NONE;
    }

    /** The factor at one position, from 0 on. */
    public float at(int position) {
        return switch (kind) {
            case NONE -> 1;
            case LOG_N -> position < length ? 1 : (float) (Math.log(position + 1.0) / Math.log(length));
            case TEMPERATURE -> (float) Math.max(1, 0.1 * Math.log(Math.max(position + 1, prompt) / (double) length) + 1);
        };
    }

    public String words() {
        return switch (kind) {
            case NONE -> "unscaled";
            case LOG_N -> "LogN from position " + length;
            case TEMPERATURE -> "temperature from position " + length;
        };
    }
}
