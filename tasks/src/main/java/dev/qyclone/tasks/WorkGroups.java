package dev.qyclone.tasks;

/**
 * How work is cut into work-groups on a device.
 *
 * @param limit most items of a group
 * @param whole every group has exactly {@code limit} items: work is rounded up to whole groups, and kernels leave out what is too much
 * @param wanted groups that a step has at least, where it has so many items
 */
record WorkGroups(int limit, boolean whole, int wanted) {
    WorkGroups {
        if (limit < 1 || wanted < 1) {
            throw new IllegalArgumentException("work-groups of at most " + limit + " items, at least " + wanted + " of them");
        }
    }

    /** Groups as large as divides the work, up to a limit. */
    static WorkGroups upTo(int limit) {
        return new WorkGroups(limit, false, 1);
    }

    /** The same, but smaller where there would be fewer than {@code wanted}. */
    static WorkGroups spread(int limit, int wanted) {
        return new WorkGroups(limit, false, wanted);
    }

    /** Groups of exactly so many items. */
    static WorkGroups of(int size) {
        return new WorkGroups(size, true, 1);
    }

    /** Items to start for a step of so many. */
    int started(int items) {
        return whole ? Math.multiplyExact(Math.ceilDiv(items, limit), limit) : items;
    }

    /** Items of a group in a step of so many. */
    int size(int items) {
        return whole ? limit : largestDivisor(items, Math.clamp(items / wanted, 1, limit));
    }

    /** The largest number up to {@code limit} that divides {@code items}. */
    private static int largestDivisor(int items, int limit) {
        int divisor = Math.min(items, limit);
        while (items % divisor != 0) {
            divisor--;
        }
        return divisor;
    }
}
