package dev.qyclone.bench.tokens;

import dev.qyclone.engine.generation.Session;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** One repetition of a test on open sessions. Ids are random, and the same in every run. */
public final class CellRun {
    private static final long SEED = 20_26;

    private final TokenTest test;
    private final int batch;
    private final PromptFlow flow;
    private final int[] ids; // (depth + prompt), at least one
    private final List<Session> sessions;

    public CellRun(TokenTest test, int batch, PromptFlow flow, int vocab, List<Session> sessions) {
        this.test = test;
        this.batch = batch;
        this.flow = flow;
        this.ids = randomIds(Math.max(1, test.depth() + test.prompt()), vocab);
        this.sessions = List.copyOf(sessions);
    }

    /** The same ids for the same vocabulary; fewer ids are the beginning of more. */
    public static int[] randomIds(int count, int vocab) {
        return new Random(SEED).ints(count, 0, vocab).toArray();
    }

    /** Brings all sessions to the test's depth, which is not timed. */
    public void prepare() {
        for (Session session : sessions) {
            if (test.depth() == 0) {
                session.truncate(0);
            } else {
                session.continueWith(Arrays.copyOf(ids, test.depth()), Session.Progress.NONE);
            }
        }
    }

    /** Nanoseconds from the start of all sessions to the end of the last. */
    public long time() {
        if (sessions.size() == 1) {
            long start = System.nanoTime();
            work(sessions.getFirst());
            return System.nanoTime() - start;
        }
        try (ExecutorService threads = Executors.newFixedThreadPool(sessions.size())) {
            long start = System.nanoTime();
            List<Future<?>> running = new ArrayList<>();
            sessions.forEach(session -> running.add(threads.submit(() -> work(session))));
            running.forEach(CellRun::await);
            return System.nanoTime() - start;
        }
    }

    private static void await(Future<?> work) {
        try {
            work.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw (Error) e.getCause();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while a test ran", e);
        }
    }

    private void work(Session session) {
        if (test.decodes()) {
            decode(session);
        } else if (flow == PromptFlow.PIPELINED) {
            session.append(Arrays.copyOfRange(ids, test.depth(), ids.length), Session.Progress.NONE);
        } else {
            for (int from = test.depth(); from < ids.length; from += batch) {
                session.append(Arrays.copyOfRange(ids, from, Math.min(from + batch, ids.length)), Session.Progress.NONE);
            }
        }
    }

    private void decode(Session session) {
        int id = ids[test.depth() == 0 ? 0 : test.depth() - 1];
        for (int i = 0; i < test.gen(); i++) {
            id = Parity.best(session.append(id));
        }
    }
}
