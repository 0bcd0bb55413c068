package dev.qyclone.engine.stage;

/** Closes several things: one that cannot be closed keeps none of the others open. */
public final class CloseAll {
    private CloseAll() {
    }

    /** Closes all, in order, and then throws what the first that failed threw, with those behind it as suppressed. */
    public static void of(Iterable<? extends AutoCloseable> things) {
        switch (close(things, null)) {
            case null -> { }
            case RuntimeException e -> throw e;
            case Error e -> throw e;
            case Throwable e -> throw new IllegalStateException(e);
        }
    }

    /** Closes all, in order, because of a failure that is to be thrown; what closing throws is added to it as suppressed. */
    public static void after(Throwable failure, Iterable<? extends AutoCloseable> things) {
        close(things, failure);
    }

    private static Throwable close(Iterable<? extends AutoCloseable> things, Throwable before) {
        Throwable first = before;
        for (AutoCloseable thing : things) {
            try {
                thing.close();
            } catch (Exception | Error e) {
                if (first == null) {
                    first = e;
                } else if (first != e) {
                    first.addSuppressed(e);
                }
            }
        }
        return first;
    }
}
