package dev.qyclone.engine.generation;

import dev.qyclone.engine.tokens.TextStream;
import java.util.List;

/** The text of one answer: ids become characters, stop strings are cut off, the listener hears what is certain. */
final class AnswerText {
    private final TextStream stream;
    private final StopStrings stops;
    private final GenerationListener listener;
    private final StringBuilder text = new StringBuilder();

    AnswerText(TextStream stream, List<String> stops, GenerationListener listener) {
        this.stream = stream;
        this.stops = new StopStrings(stops);
        this.listener = listener;
    }

    /** Adds an id; true if a stop string is complete now. */
    boolean add(int id) {
        show(stops.add(stream.add(id)));
        return stops.found();
    }

    /** Lets out what was held back, and returns the whole text. */
    String finish() {
        show(stops.add(stream.finish()));
        show(stops.finish());
        return text.toString();
    }

    private void show(String piece) {
        if (!piece.isEmpty()) {
            text.append(piece);
            listener.text(piece);
        }
    }
}
