package dev.qyclone.profiles.tune;

/**
 * How thoroughly is measured.
 *
 * @param warmUps rounds that do not count, so that code is compiled and devices are awake
 * @param leastSeconds what the rounds that count take at least, and those that do not: a small model's are so short that one moment of
 *     the machine would speak for all
 * @param rounds that count: in each, every device is measured once, so that noise hits all alike
 * @param decodes tokens decoded in a round
 * @param mostSeconds what the rounds that count may take together: no further one is begun after that
 * @param secondsPerCall about how long one measured call may take; slow devices get fewer rows
 */
public record Effort(int warmUps, double leastSeconds, int rounds, int decodes, double mostSeconds, double secondsPerCall) {
    /** Half a minute or so for a small model on two or three devices, and a quarter for each placement that is run. */
    public static final Effort DEFAULT = new Effort(2, 3, 7, 16, 60, 0.5);
    /** Rows of the first call on a device whose speed is not known. */
    static final int FIRST_ROWS = 16;

    public Effort {
        if (warmUps < 1 || rounds < 1 || decodes < 1 || !(mostSeconds > 0) || !(secondsPerCall > 0) || !(leastSeconds >= 0)) {
            throw new IllegalArgumentException("warmUps " + warmUps + ", rounds " + rounds + ", decodes " + decodes);
        }
    }

    /**
     * How many rows of a prompt a call is to have. Never fewer than before: code that is still cold would make a device look slow, and few
     * rows are slower each than many.
     *
     * @param seconds that {@code rows} rows took
     */
    int rows(int rows, double seconds, int prompt) {
        return seconds <= 0 ? prompt : (int) Math.clamp(rows * secondsPerCall / seconds, rows, prompt);
    }

    /** True if rounds that count go on after so many of them, which took so long. */
    boolean more(int done, double seconds) {
        return (done < rounds || seconds < leastSeconds) && seconds < mostSeconds;
    }
}
