package dev.qyclone.profiles.tune;

import dev.qyclone.engine.stage.CacheSpec;
import dev.qyclone.engine.stage.HiddenStates;
import dev.qyclone.engine.stage.LayerStage;
import dev.qyclone.engine.stage.StageCache;
import java.util.function.LongSupplier;

/** A stage that is measured: its samples of a prompt and of single tokens behind it. */
final class LayerProbe implements AutoCloseable {
    private final LayerStage stage;
    private final StageCache cache;
    private final LongSupplier clock;
    private final HiddenStates x; // (batch, dim)
    private final float[] input; // (prompt, dim)
    final Samples prefill = new Samples();
    final Samples decode = new Samples();

    /**
     * @param input what the stage is given, (prompt, dim)
     * @param batch rows of the largest call
     */
    LayerProbe(LayerStage stage, CacheSpec spec, float[] input, int dim, int batch, LongSupplier clock) {
        this.stage = stage;
        this.cache = stage.openCache(spec);
        this.clock = clock;
        this.x = new HiddenStates(batch, dim);
        this.input = input;
    }

    /** Runs the first {@code rows} rows of the input as a prompt. */
    void prefill(int rows) {
        prefill.add(run(rows));
    }

    /** Makes the cache hold {@code rows} rows, without a sample; what it holds already is kept. */
    void goBehind(int rows) {
        if (cache.length() >= rows && cache.canTruncate(rows)) {
            cache.truncate(rows);
        } else {
            run(rows);
        }
    }

    private double run(int rows) {
        cache.truncate(0);
        double seconds = 0;
        for (int from = 0; from < rows; from += x.capacity()) {
            seconds += forward(from, Math.min(x.capacity(), rows - from), from);
        }
        return seconds;
    }

    /** Runs one row behind what the cache holds. */
    double decode() {
        double seconds = row();
        decode.add(seconds);
        return seconds;
    }

    /** As {@link #decode()}, without a sample. */
    double row() {
        return forward(0, 1, cache.length());
    }

    private double forward(int from, int rows, int position) {
        x.resize(rows);
        System.arraycopy(input, from * x.dim(), x.data(), 0, rows * x.dim());
        long start = clock.getAsLong();
        stage.forward(cache, x, position);
        return (clock.getAsLong() - start) / 1e9;
    }

    @Override
    public void close() {
        cache.close();
        stage.close();
    }
}
