package dev.qyclone.profiles;

import java.util.List;

/**
 * What one layer needs.
 *
 * @param window positions that a query sees; 0 for all
 */
public record LayerNeeds(List<WeightRole> roles, int window) {
    public LayerNeeds {
        roles = List.copyOf(roles);
    }

    /** Bytes of its weights in the file. */
    public long weights() {
        return roles.stream().mapToLong(WeightRole::bytes).sum();
    }

    /** Bytes of copies that the host may keep for decode, besides the file's. */
    public long repacked() {
        return roles.stream().mapToLong(WeightRole::repacked).sum();
    }

    /** Bytes of its weights on a device that copies them, at most. */
    public long copied() {
        return roles.stream().mapToLong(WeightRole::copied).sum();
    }
}
