package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.KvType;

/**
 * What a session may use.
 *
 * @param context positions it may grow to; memory is taken only as it grows
 * @param kvType how keys and values are kept
 * @param batch rows that one prefill call computes at most
 */
public record SessionOptions(int context, KvType kvType, int batch) {
    /** Rows per prefill call where nothing is said: enough to read each weight once for many tokens, small in memory. */
    public static final int DEFAULT_BATCH = 512;

    public SessionOptions {
        if (context < 1) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the context is too small").expected("at least 1 position").got(context);
        }
        if (batch < 1) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the prefill batch is too small").expected("at least 1 row").got(batch);
        }
    }

    /** The model's own context, exact keys and values. */
    public static SessionOptions defaults(ModelConfig config) {
        return new SessionOptions(config.context(), KvType.F32, DEFAULT_BATCH);
    }
}
