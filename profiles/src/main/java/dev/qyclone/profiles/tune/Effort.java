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

    public Effort {
        if (warmUps < 1 || rounds < 1 || decodes < 1 || !(mostSeconds > 0) || !(secondsPerCall > 0) || !(leastSeconds >= 0)) {
            throw new IllegalArgumentException("warmUps " + warmUps + ", rounds " + rounds + ", decodes " + decodes);
        }
    }

    /** True if rounds that count go on after so many of them, which took so long. */
    boolean more(int done, double seconds) {
        return (done < rounds || seconds < leastSeconds) && seconds < mostSeconds;
    }
}
