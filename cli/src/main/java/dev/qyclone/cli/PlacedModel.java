package dev.qyclone.cli;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import java.util.List;

/**
 * A model on its devices, and what a session on it may use.
 *
 * @param sessionOptions as asked for and as the plan allows
 * @param notes what a person should know of the model's attention, one line each
 */
record PlacedModel(Engine engine, SessionOptions sessionOptions, List<String> notes) implements AutoCloseable {
    PlacedModel {
        notes = List.copyOf(notes);
    }

    Session newSession() {
        return engine.newSession(sessionOptions);
    }

    @Override
    public void close() {
        engine.close();
    }
}
