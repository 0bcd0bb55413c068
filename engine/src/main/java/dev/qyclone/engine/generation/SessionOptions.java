package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.stage.StageOptions;

/**
 * What a session may use.
 *
 * @param context positions it may grow to; memory is taken only as it grows
 * @param batch rows that one prefill call computes at most
 */
public record SessionOptions(int context, int batch) {
    /** As {@link StageOptions#DEFAULT_BATCH}. */
    public static final int DEFAULT_BATCH = StageOptions.DEFAULT_BATCH;

    public SessionOptions {
        if (context < 1) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the context is too small").expected("at least 1 position").got(context);
        }
        if (batch < 1) {
            throw new EngineException(ErrorCode.BAD_REQUEST, "the prefill batch is too small").expected("at least 1 row").got(batch);
        }
    }

    /** The model's own context, calls of the default size. */
    public static SessionOptions defaults(ModelConfig config) {
        return new SessionOptions(config.context(), DEFAULT_BATCH);
    }
}
