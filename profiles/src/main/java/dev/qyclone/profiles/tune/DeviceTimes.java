package dev.qyclone.profiles.tune;

/**
 * What was measured on one device.
 *
 * @param device its id
 * @param decode one token, behind {@code rows} positions
 * @param prefill the whole prompt
 * @param output logits of one row; impossible where the output matrix does not fit
 * @param rows of the prompt that were measured; where the device is slow, fewer than the prompt has, and the rest is in proportion
 */
public record DeviceTimes(String device, StageTimes decode, StageTimes prefill, Timing output, int rows) {
    public DeviceTimes {
        if (decode.layers().size() != prefill.layers().size()) {
            throw new IllegalArgumentException(device + ": " + decode.layers().size() + " kinds of layers when decoding, "
                    + prefill.layers().size() + " in prefill");
        }
    }

    /** The same on a device that takes so many times as long for a token, and for a prompt. */
    DeviceTimes slower(double token, double prompt) {
        return new DeviceTimes(device, decode.times(token), prefill.times(prompt), output.times(token), rows);
    }
}
