package dev.qyclone.bench.study;

/**
 * What was kept from earlier runs when a cell opened. TornadoVM compiles kernels to the driver's language anew in every JVM; drivers keep
 * what they make of that, and we keep which kernels passed the check. What is added while two cells open beside each other counts for both.
 *
 * @param checks {@code warm} where all kernels had passed their check in an earlier run, {@code cold} where some were checked now,
 *     {@code none} where the cell's devices need no check
 * @param driver {@code warm} where opening left the drivers' cache folders as they were, {@code cold} where it added files,
 *     {@code unknown} where the folder of a driver is not known, {@code none} where the cell has no driver
 */
public record KernelCaches(String checks, String driver) {
    /** Of cells on the host alone. */
    public static final KernelCaches NONE = new KernelCaches("none", "none");
    private static final String COLD = "cold";

    /** What two attempts found together: what the first had to compile is there for the second. */
    public KernelCaches and(KernelCaches later) {
        return new KernelCaches(checks.equals(COLD) ? COLD : later.checks, driver.equals(COLD) ? COLD : later.driver);
    }
}
