package dev.qyclone.profiles.tune;

/**
 * What a placement is judged by: a prompt, computed in calls of at most {@code batch} rows, and tokens decoded behind it.
 *
 * @param prompt tokens
 */
public record Workload(int prompt, int batch) {
    public Workload {
        if (prompt < 1 || batch < 1) {
            throw new IllegalArgumentException("prompt " + prompt + " < 1 or batch " + batch + " < 1");
        }
    }

    /** Calls that the prompt takes. */
    public int calls() {
        return calls(prompt);
    }

    /** Calls that {@code rows} rows take. */
    public int calls(int rows) {
        return (rows + batch - 1) / batch;
    }
}
