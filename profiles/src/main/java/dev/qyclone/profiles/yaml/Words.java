package dev.qyclone.profiles.yaml;

import dev.qyclone.profiles.Choice;
import dev.qyclone.profiles.LayerRange;
import dev.qyclone.profiles.LayerRule;
import dev.qyclone.profiles.Target;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The words of profiles and of the flags that change them. */
public final class Words {
    /** What a range may look like, for messages. */
    public static final String RANGES = "layers such as 0-11, 7, 50%-100% or all";
    /** What a device may look like, for messages. */
    public static final String DEVICES = "a device such as cpu, opencl:0:0 or gpu, or auto";

    private static final Pattern LAYERS = Pattern.compile("(\\d{1,6})(?:\\s*-\\s*(\\d{1,6}))?");
    private static final Pattern SHARE = Pattern.compile("(\\d{1,3})%\\s*-\\s*(\\d{1,3})%");
    private static final Pattern DEVICE = Pattern.compile("[a-z][a-z0-9_.-]*(:[a-z0-9_.-]+)*");

    private Words() {
    }

    /** Such as {@code 0-11}, {@code 7}, {@code 0%-50%}, {@code all}; empty where it is none, or ends before it begins. */
    public static Optional<LayerRange> range(String text) {
        if (text.equals("all")) {
            return Optional.of(new LayerRange.All());
        }
        Matcher share = SHARE.matcher(text);
        if (share.matches()) {
            int from = Integer.parseInt(share.group(1));
            int to = Integer.parseInt(share.group(2));
            return from < to && to <= 100 ? Optional.of(new LayerRange.Share(from, to)) : Optional.empty();
        }
        Matcher layers = LAYERS.matcher(text);
        if (!layers.matches()) {
            return Optional.empty();
        }
        int first = Integer.parseInt(layers.group(1));
        int last = layers.group(2) == null ? first : Integer.parseInt(layers.group(2));
        return first <= last ? Optional.of(new LayerRange.Layers(first, last)) : Optional.empty();
    }

    /** True for what can be the name of a device, there or not. */
    public static boolean isDevice(String text) {
        return DEVICE.matcher(text).matches();
    }

    /** Such as {@code 0-11=opencl:0:0}, which leaves the layers' options to other rules; empty where it is none. */
    public static Optional<LayerRule> move(String text, String origin) {
        String[] sides = text.strip().split("\\s*=\\s*", -1);
        if (sides.length != 2 || !isDevice(sides[1])) {
            return Optional.empty();
        }
        return range(sides[0]).map(range -> new LayerRule(range, target(sides[1]), null, origin));
    }

    static Target target(String device) {
        return device.equals(Choice.AUTO) ? new Target.Auto() : new Target.One(device);
    }
}
