package dev.qyclone.bench.study.run;

import dev.qyclone.bench.study.CellDevice;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import java.nio.file.Path;
import java.util.List;

/**
 * Measures one cell, in this JVM or in one of its own. The calls come in the order in which they are declared, each of them once but
 * {@link #limits}, {@link #prefill} and {@link #decode}; all throw {@link dev.qyclone.engine.error.EngineException} where the cell fails.
 */
interface CellWorker extends AutoCloseable {
    /**
     * What is known before a device takes memory.
     *
     * @param storedAs the type of most weights
     * @param vectorBits that the Vector API uses in the cell's JVM; 0 without it
     * @param placement in words
     * @param shares what each device has to do, in the order of the stages
     */
    record Prepared(
            String storedAs, int vectorBits, List<CellDevice> devices, String placement, List<Memory.Planned> planned, List<Share> shares) {
        public Prepared {
            devices = List.copyOf(devices);
            planned = List.copyOf(planned);
            shares = List.copyOf(shares);
        }
    }

    /** What one device has to do, as {@link dev.qyclone.bench.study.Roofline} counts it. */
    record Share(String device, long decodeBytes, long decodeFlops, long prefillBytes, long prefillFlops) {
    }

    /** Opens the model and places its layers. */
    Prepared prepare();

    /** Opens the stages and computes a first prompt. */
    FirstToken open();

    /** Opens the stages and computes nothing, in the place of {@link #open()}: for the logits that others are compared with. */
    void openForLogits();

    /** Computes the logits that other cells are compared with, and writes them. */
    void writeReference(Path file);

    /** Compares its logits with those in a file. */
    Parity compare(Path reference);

    /** What one of its devices can do at most; null where the backend cannot tell. */
    DeviceLimits limits(String device);

    /** Runs both tests, for as long as the settings say. */
    void warmUp();

    /** One run of the prefill test, in nanoseconds. */
    long prefill();

    /** One run of the decode test, in nanoseconds. */
    long decode();

    /** What it took so far, but for {@link #limits}. */
    Memory memory();

    /** Times each layer by itself. */
    List<LayerTime> layers();

    /** True if its JVM was ended by a signal that users send. */
    default boolean interrupted() {
        return false;
    }

    @Override
    void close();
}
