package dev.qyclone.engine.error;

/**
 * Everything the engine throws on bad input or a failed device. The message is one line and says what failed and on
 * which name, what was expected, what was found, and what to do:
 *
 * <pre>
 * throw new EngineException(BAD_MODEL, "blk.3.attn_q.weight in model.gguf has the wrong shape")
 *         .expected("(rows=2048, cols=1024) from the configuration").got("(1024, 2048)")
 *         .remedy("convert the model again");
 * </pre>
 */
public final class EngineException extends RuntimeException {
    private final ErrorCode code;
    private final String failure;
    private String expected;
    private String got;
    private String remedy;

    /** @param failure what failed, on which file, key, tensor or device */
    public EngineException(ErrorCode code, String failure) {
        this(code, failure, null);
    }

    /** As above, with the exception that led to it. */
    public EngineException(ErrorCode code, String failure, Throwable cause) {
        super(null, cause);
        this.code = code;
        this.failure = failure;
    }

    /** Adds what was expected; returns this exception. */
    public EngineException expected(Object what) {
        expected = String.valueOf(what);
        return this;
    }

    /** Adds what was found instead; returns this exception. */
    public EngineException got(Object what) {
        got = String.valueOf(what);
        return this;
    }

    /** Adds what the user can do about it; returns this exception. */
    public EngineException remedy(String what) {
        remedy = what;
        return this;
    }

    public ErrorCode code() {
        return code;
    }

    @Override
    public String getMessage() {
        StringBuilder message = new StringBuilder(failure);
        if (expected != null) {
            message.append(": expected ").append(expected);
        }
        if (got != null) {
            message.append(expected != null ? ", got " : ": got ").append(got);
        }
        if (remedy != null) {
            message.append("; ").append(remedy);
        }
        return message.toString().lines().map(String::strip).reduce((a, b) -> a + " " + b).orElse("");
    }
}
