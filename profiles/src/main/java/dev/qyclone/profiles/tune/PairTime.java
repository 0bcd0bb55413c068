package dev.qyclone.profiles.tune;

/**
 * What it costs that one device begins when another has just ended, in seconds, besides the copying of hidden states and in the mean of
 * both directions: threads that wake, caches that the other has filled, processors that both want.
 *
 * @param one a device's id
 */
public record PairTime(String one, String other, double perCall) {
    public PairTime {
        if (!(perCall >= 0)) {
            throw new IllegalArgumentException("perCall " + perCall + " < 0");
        }
    }

    boolean isOf(String from, String to) {
        return one.equals(from) && other.equals(to) || one.equals(to) && other.equals(from);
    }
}
