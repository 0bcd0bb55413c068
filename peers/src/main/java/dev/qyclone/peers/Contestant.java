package dev.qyclone.peers;

/** An engine that has a model open and can be timed from outside, by the same clock as any other. */
interface Contestant extends AutoCloseable {
    String name();

    /**
     * Reads a prompt with nothing in its cache and writes greedily, whatever the ids.
     *
     * @param written ids to write, at least 1: the first follows from the prompt alone
     * @return nanoseconds from the call to the last id
     */
    long time(Prompt prompt, int written);

    @Override
    void close();
}
