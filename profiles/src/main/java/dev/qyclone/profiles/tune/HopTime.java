package dev.qyclone.profiles.tune;

/**
 * What it costs to hand hidden states to another device, in seconds. They travel through the host, so that it is the same for every pair
 * of devices; what a device adds for taking and giving them is in its {@link StageTimes#call()}.
 *
 * @param perCall whatever the rows
 */
public record HopTime(double perCall, double perRow) {
    public HopTime {
        if (!(perCall >= 0 && perRow >= 0)) {
            throw new IllegalArgumentException("perCall " + perCall + " or perRow " + perRow + " < 0");
        }
    }

    double of(int calls, int rows) {
        return calls * perCall + rows * perRow;
    }
}
