package dev.qyclone.profiles.tune;

/**
 * How thoroughly is measured.
 *
 * @param warmUps rounds that do not count, so that code is compiled and devices are awake
 * @param warmUpSeconds what the rounds that do not count take at least
 * @param rounds that count: in each, every device is measured once, so that noise hits all alike
 * @param decodes tokens decoded in a round
 * @param mostSeconds what the rounds that count may take together: no further one is begun after that
 * @param secondsPerCall about how long one measured call may take; slow devices get fewer rows
 */
public record Effort(int warmUps, double warmUpSeconds, int rounds, int decodes, double mostSeconds, double secondsPerCall) {
    /** Half a minute or so for a small model on two or three devices. */
    public static final Effort DEFAULT = new Effort(2, 3, 7, 16, 60, 0.5);

    public Effort {
        if (warmUps < 1 || rounds < 1 || decodes < 1 || !(mostSeconds > 0) || !(secondsPerCall > 0) || !(warmUpSeconds >= 0)) {
            throw new IllegalArgumentException("warmUps " + warmUps + ", rounds " + rounds + ", decodes " + decodes);
        }
    }
}
