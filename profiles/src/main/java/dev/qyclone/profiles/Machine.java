package dev.qyclone.profiles;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Device;
import dev.qyclone.engine.stage.DeviceKind;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The devices that layers can run on.
 *
 * @param refused ids of devices that are there and must not be used, with the reason
 * @param limits ids of devices that take fewer layers than their memory says
 * @param missing why devices of some runtimes are not there, and what would help: one line each, for errors
 */
public record Machine(List<Device> devices, Map<String, String> refused, Map<String, Limit> limits, List<String> missing) {
    /** The memory of the host. */
    static final String HOST = "cpu";
    /** One part of so many of a card's memory, at most, is what one runtime shows and another does not. */
    private static final int KEPT_BACK_SHARE = 10;
    /** Ids of devices that another machine may have. */
    private static final Pattern ID = Pattern.compile("(opencl|ptx|cuda|spirv|metal):\\d{1,4}:\\d{1,4}");

    /**
     * What a device has been found to hold.
     *
     * @param layers at most
     * @param reason why no more
     */
    public record Limit(int layers, String reason) {
    }

    public Machine {
        devices = List.copyOf(devices);
        refused = Map.copyOf(refused);
        limits = Map.copyOf(limits);
        missing = List.copyOf(missing);
    }

    /** All of them may be used. */
    public static Machine of(List<Device> devices) {
        return new Machine(devices, Map.of(), Map.of(), List.of());
    }

    /** The same, where a device must not be used. */
    public Machine without(Device device, String reason) {
        Map<String, String> more = new HashMap<>(refused);
        more.put(device.id(), reason);
        return new Machine(devices, more, limits, missing);
    }

    /** The same, where a device takes so many layers. */
    public Machine withLimit(Device device, Limit limit) {
        Map<String, Limit> more = new HashMap<>(limits);
        more.put(device.id(), limit);
        return new Machine(devices, refused, more, missing);
    }

    /** The host's own devices: they map weights from the file where others copy them. */
    public static boolean isHost(Device device) {
        return device.id().equals(HOST) || device.id().startsWith(HOST + ":");
    }

    /**
     * Devices with one name share one memory: a CPU shows itself to other runtimes as well, simulators run on it, and a GPU that several
     * runtimes show is one card.
     */
    public String pool(Device device) {
        boolean hostMemory = isHost(device) || device.kind() == DeviceKind.CPU || device.kind() == DeviceKind.SIMULATOR;
        return hostMemory ? HOST : card(device).id();
    }

    /** Bytes of the memory that a device shares: as the host says, or whichever of the devices says most. */
    long poolBytes(Device device) {
        String pool = pool(device);
        List<Device> sharing = devices.stream().filter(other -> pool(other).equals(pool)).toList();
        return sharing.stream().filter(Machine::isHost).findFirst().map(Device::memoryBytes)
                .orElseGet(() -> sharing.stream().mapToLong(Device::memoryBytes).max().orElse(device.memoryBytes()));
    }

    /** The first of the devices that are the same card. */
    private Device card(Device device) {
        return devices.stream().filter(other -> other.equals(device) || isSameCard(other, device)).findFirst().orElse(device);
    }

    /** Two equal cards are two in each runtime, and in the same order. */
    private boolean isSameCard(Device one, Device other) {
        return one.kind() == DeviceKind.GPU && other.kind() == DeviceKind.GPU && !runtime(one).equals(runtime(other))
                && looksAlike(one, other) && placeAmongAlike(one) == placeAmongAlike(other);
    }

    private long placeAmongAlike(Device device) {
        return devices.stream().filter(other -> runtime(other).equals(runtime(device)) && looksAlike(other, device))
                .takeWhile(other -> !other.equals(device)).count();
    }

    /** Runtimes keep back some of a card's memory, and not all the same. */
    private static boolean looksAlike(Device one, Device other) {
        long most = Math.max(one.memoryBytes(), other.memoryBytes());
        return one.name().equals(other.name()) && most - Math.min(one.memoryBytes(), other.memoryBytes()) <= most / KEPT_BACK_SHARE;
    }

    /** Of {@code ptx:1:0} it is {@code ptx:1}. */
    private static String runtime(Device device) {
        return device.id().substring(0, Math.max(0, device.id().lastIndexOf(':')));
    }

    /** The device that a name stands for; empty where it is not there, or refused. */
    Optional<Device> find(String name) {
        return meant(name).filter(device -> !refused.containsKey(device.id()));
    }

    private Optional<Device> meant(String name) {
        Optional<Device> exact = devices.stream().filter(device -> device.id().equals(name)).findFirst();
        Optional<DeviceWord> word = DeviceWord.of(name);
        if (exact.isPresent() || word.isEmpty()) {
            return exact;
        }
        int index = index(name, word.get());
        return index < 0 ? Optional.empty() : cards(word.get().kind()).stream().skip(index).findFirst();
    }

    /** Each card once, as the first runtime shows it that may be used. */
    private List<Device> cards(DeviceKind kind) {
        Map<Device, Device> cards = new LinkedHashMap<>();
        devices.stream().filter(device -> device.kind() == kind).forEach(device ->
                cards.merge(card(device), device, (first, next) -> refused.containsKey(first.id()) ? next : first));
        return List.copyOf(cards.values());
    }

    private static int index(String name, DeviceWord word) {
        if (name.equals(word.word())) {
            return 0;
        }
        String number = name.substring(word.word().length() + 1);
        return number.matches("\\d{1,4}") ? Integer.parseInt(number) : -1;
    }

    /** True for the name of a device that is there and must not be used. */
    boolean isRefused(String name) {
        return meant(name).map(device -> refused.containsKey(device.id())).orElse(false);
    }

    private List<Device> usable() {
        return devices.stream().filter(device -> !refused.containsKey(device.id())).toList();
    }

    /** True for a name that a device of another machine may have; false for a slip of the keyboard. */
    static boolean isPlausible(String name) {
        return DeviceWord.of(name).map(word -> index(name, word) >= 0).orElse(ID.matcher(name).matches());
    }

    /** Why a name stands for no device. */
    String why(String name) {
        return meant(name).map(device -> refused.get(device.id())).orElse(name + " is not there");
    }

    /** The ids of those that can be used. */
    String ids() {
        return usable().stream().map(Device::id).collect(Collectors.joining(", "));
    }

    /**
     * The host's first device; the first device of all where the host has none.
     *
     * @throws EngineException DEVICE_UNAVAILABLE with the reasons, if all were refused
     */
    Device host() {
        List<Device> usable = usable();
        return usable.stream().filter(Machine::isHost).findFirst().or(() -> usable.stream().findFirst()).orElseThrow(this::nothingLeft);
    }

    private EngineException nothingLeft() {
        return new EngineException(ErrorCode.DEVICE_UNAVAILABLE, "no device is left to run on")
                .expected("at least one that can be used")
                .got(refused.isEmpty() ? "none at all" : String.join("; ", new TreeMap<>(refused).values()))
                .remedy("ask for less with --ctx, --chunk or --kv f16, or see what is wrong with `qyclone doctor`");
    }

    /** GPUs with memory of their own, each once, the one with most memory first. */
    List<Device> gpus() {
        return cards(DeviceKind.GPU).stream().filter(device -> !refused.containsKey(device.id()) && !isHost(device))
                .sorted(Comparator.comparingLong(Device::memoryBytes).reversed()).toList();
    }
}
