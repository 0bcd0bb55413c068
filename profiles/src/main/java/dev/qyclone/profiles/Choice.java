package dev.qyclone.profiles;

/**
 * The device of the embedding or of the output.
 *
 * @param device an id, a {@link DeviceWord}, or {@link #AUTO}
 * @param origin where the user finds it, such as {@code line 7 of half.yaml}
 */
public record Choice(String device, String origin) {
    /** The planner chooses. */
    public static final String AUTO = "auto";
    /** Nothing was said. */
    public static final Choice UNSAID = new Choice(AUTO, "");

    /** True where the planner chooses. */
    public boolean isAuto() {
        return device.equals(AUTO);
    }
}
