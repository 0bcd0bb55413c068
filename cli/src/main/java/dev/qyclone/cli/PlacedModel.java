package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;

/**
 * A model on its devices, and what a session on it may use.
 *
 * @param sessionOptions as asked for and as the plan allows
 */
record PlacedModel(Engine engine, SessionOptions sessionOptions) implements AutoCloseable {
    Session newSession() {
        return engine.newSession(sessionOptions);
    }

    @Override
    public void close() {
        engine.close();
    }
}
