package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Engine;
import dev.qyclone.engine.generation.Session;
import dev.qyclone.engine.generation.SessionOptions;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A target with its model open, and the sessions that its cells share: memory is taken in warm-ups, not while the clock runs. */
final class OpenTarget implements AutoCloseable {
    private final BenchTarget target;
    private final Engine engine;
    private final int positions;
    private final Map<Integer, List<Session>> sessions = new HashMap<>();
    private final TargetFacts facts;

    private OpenTarget(BenchTarget target, BenchTarget.Opened opened, int positions, int[] firstPrompt, Optional<Parity.Truth> truth) {
        this.target = target;
        this.engine = opened.engine();
        this.positions = positions;
        try {
            FirstRun first = firstRun(opened, firstPrompt);
            Optional<Parity> parity = truth.map(expected -> Parity.of(engine, options(firstPrompt.length), expected));
            this.facts = TargetFacts.of(target, engine.model(), engine.placement(), first, parity);
        } catch (RuntimeException | Error e) {
            engine.close();
            throw e;
        }
    }

    /**
     * @param positions that the sessions may grow to
     * @param truth what the reference says, if it was asked
     */
    static OpenTarget open(BenchTarget target, int positions, int[] firstPrompt, Optional<Parity.Truth> truth) {
        return new OpenTarget(target, target.open(), positions, firstPrompt, truth);
    }

    private FirstRun firstRun(BenchTarget.Opened opened, int[] prompt) {
        try (Session session = engine.newSession(options(prompt.length))) {
            long start = System.nanoTime();
            int first = Parity.best(session.append(prompt, Session.Progress.NONE));
            long prefilled = System.nanoTime();
            session.append(new int[] {first}, Session.Progress.NONE);
            return new FirstRun(opened.loadNanos(), opened.planNanos(), opened.openNanos(), prompt.length, prefilled - start,
                    System.nanoTime() - prefilled);
        }
    }

    private SessionOptions options(int batch) {
        return new SessionOptions(positions, batch);
    }

    TargetFacts facts() {
        return facts;
    }

    Engine engine() {
        return engine;
    }

    /** Sessions with this batch, the same ones at each call. */
    List<Session> sessions(int batch, int count) {
        List<Session> open = sessions.computeIfAbsent(batch, size -> new ArrayList<>());
        while (open.size() < count) {
            open.add(engine.newSession(options(batch)));
        }
        return open.subList(0, count);
    }

    /** After a failure: what sessions hold is not trusted any more. */
    void closeSessions() {
        sessions.values().forEach(open -> open.forEach(Session::close));
        sessions.clear();
    }

    @Override
    public void close() {
        closeSessions();
        engine.close();
    }
}
