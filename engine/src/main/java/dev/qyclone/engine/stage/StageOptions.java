package dev.qyclone.engine.stage;

import dev.qyclone.engine.model.ModelConfig;

/**
 * What a stage must know when it is opened, because a device takes its memory then.
 *
 * @param context positions that a session may grow to; 0 for as many as the model was made for
 * @param sessions how many are expected to be alive at once; more are slower, not refused
 * @param batch rows of the largest call
 * @param kvType how keys and values are kept
 * @param repack whether the host keeps a copy of weights that decode reads faster in another order; else it reads them where the file is
 *     mapped
 * @param exact whether the host's products keep their activations as floats when single ids are decoded. Else it may round them, as far as
 *     the logits stay within a relative L2 distance of 1e-2 and a divergence of 1e-4 of exact ones
 */
public record StageOptions(int context, int sessions, int batch, KvType kvType, KernelChoice kernels, boolean repack, boolean exact) {
    /** Rows per prefill call where nothing is said: enough to read each weight once for many tokens, small in memory. */
    public static final int DEFAULT_BATCH = 512;
    /** One session over the model's context, exact keys and values, kernels as the backend chooses. */
    public static final StageOptions DEFAULT = new StageOptions(0, 1, DEFAULT_BATCH, KvType.F32, KernelChoice.AUTO);

    public StageOptions {
        if (context < 0 || sessions < 1 || batch < 1) {
            throw new IllegalArgumentException("context " + context + " < 0, sessions " + sessions + " < 1 or batch " + batch + " < 1");
        }
    }

    /** The host keeps copies for decode, and may round activations there. */
    public StageOptions(int context, int sessions, int batch, KvType kvType, KernelChoice kernels) {
        this(context, sessions, batch, kvType, kernels, true, false);
    }

    /** Positions that a session may grow to. */
    public int contextOf(int modelContext) {
        return context == 0 ? modelContext : context;
    }

    /** The same for so many positions. */
    public StageOptions withContext(int positions) {
        return new StageOptions(positions, sessions, batch, kvType, kernels, repack, exact);
    }

    /** The same for so many sessions at once. */
    public StageOptions withSessions(int count) {
        return new StageOptions(context, count, batch, kvType, kernels, repack, exact);
    }

    /** The same for calls of so many rows. */
    public StageOptions withBatch(int rows) {
        return new StageOptions(context, sessions, rows, kvType, kernels, repack, exact);
    }

    /** The same with keys and values kept otherwise. */
    public StageOptions withKvType(KvType type) {
        return new StageOptions(context, sessions, batch, type, kernels, repack, exact);
    }

    /** The same with other kernels. */
    public StageOptions withKernels(KernelChoice choice) {
        return new StageOptions(context, sessions, batch, kvType, choice, repack, exact);
    }

    /** The same with or without copies of weights for decode on the host. */
    public StageOptions withRepack(boolean copies) {
        return new StageOptions(context, sessions, batch, kvType, kernels, copies, exact);
    }

    /** The same with or without rounded activations. */
    public StageOptions withExact(boolean value) {
        return new StageOptions(context, sessions, batch, kvType, kernels, repack, value);
    }

    /** Whether a model's activations stay floats: those of a mixture always do, since a router that rounding tips takes another expert. */
    public boolean exactFor(ModelConfig config) {
        return exact || config.mixture().experts() > 0;
    }
}
