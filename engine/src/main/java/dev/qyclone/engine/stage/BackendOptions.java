package dev.qyclone.engine.stage;

import java.nio.file.Path;

/**
 * What the user chose for all backends.
 *
 * @param threads host threads that compute, at least 1
 * @param recheck check the kernels of a device before a model runs there, even where an earlier check is remembered
 * @param cacheFolder where a backend may keep what it found out about a device; null to keep nothing. It need not be there yet, and
 *     a folder that cannot be written is no failure: what is not kept is found out again
 * @param timeOpening tell compilation and upload apart ({@link Backend#openingTimes}), which may make a stage's opening a little slower
 */
public record BackendOptions(int threads, boolean recheck, Path cacheFolder, boolean timeOpening) {
    public BackendOptions {
        if (threads < 1) {
            throw new IllegalArgumentException("threads " + threads + " < 1");
        }
    }

    /** Openings are not timed. */
    public BackendOptions(int threads, boolean recheck, Path cacheFolder) {
        this(threads, recheck, cacheFolder, false);
    }

    /** So many threads; nothing is kept on disk. */
    public BackendOptions(int threads) {
        this(threads, false, null);
    }

    /** As many threads as the machine has processors; nothing is kept on disk. */
    public static BackendOptions defaults() {
        return new BackendOptions(Runtime.getRuntime().availableProcessors());
    }

    /** The same, with every check run anew or not. */
    public BackendOptions withRecheck(boolean anew) {
        return new BackendOptions(threads, anew, cacheFolder, timeOpening);
    }

    /** The same, with this folder. */
    public BackendOptions withCacheFolder(Path folder) {
        return new BackendOptions(threads, recheck, folder, timeOpening);
    }

    /** The same, with openings timed. */
    public BackendOptions withTimedOpening() {
        return new BackendOptions(threads, recheck, cacheFolder, true);
    }
}
