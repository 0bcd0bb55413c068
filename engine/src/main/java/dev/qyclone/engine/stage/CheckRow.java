package dev.qyclone.engine.stage;

/**
 * One kernel of a device, compared with the scalar reference.
 *
 * @param kernel its step or name
 * @param type of the weights, or a dash
 * @param shape in words, for example {@code 4864x896}
 * @param error relative L2 distance to the reference, NaN where the kernel did not run
 * @param tolerance the error up to which it counts as right
 * @param rate in {@code rateUnit}, 0 if it was not measured
 * @param detail why it failed, or empty
 */
public record CheckRow(
        String kernel, KernelFamily family, String type, String shape, double error, double tolerance, double rate, String rateUnit,
        Verdict verdict, String detail) {
    /** What came of it. */
    public enum Verdict {
        /** Within the tolerance. */
        OK,
        /** It ran and its numbers are not those of the reference. */
        WRONG,
        /** It could not be compiled or run. */
        FAILED
    }

    /** Relative L2 distance |got - wanted| / |wanted|, or |got| where nothing was wanted; NaN where a number is none. */
    public static double distance(float[] got, float[] wanted) {
        double difference = 0;
        double norm = 0;
        for (int i = 0; i < wanted.length; i++) {
            difference += ((double) got[i] - wanted[i]) * ((double) got[i] - wanted[i]);
            norm += (double) wanted[i] * wanted[i];
        }
        return norm == 0 ? Math.sqrt(difference) : Math.sqrt(difference / norm);
    }

    /** A kernel that ran: right or wrong by its error. */
    public static CheckRow ran(
            String kernel, KernelFamily family, String type, String shape, double error, double tolerance, double rate, String rateUnit) {
        Verdict verdict = error <= tolerance ? Verdict.OK : Verdict.WRONG; // NaN is wrong
        return new CheckRow(kernel, family, type, shape, error, tolerance, rate, rateUnit, verdict, "");
    }

    /** The same with a measured rate. */
    public CheckRow withRate(double measured) {
        return new CheckRow(kernel, family, type, shape, error, tolerance, measured, rateUnit, verdict, detail);
    }

    /** A kernel that did not run. */
    public static CheckRow failed(String kernel, KernelFamily family, String type, String shape, double tolerance, String detail) {
        return new CheckRow(kernel, family, type, shape, Double.NaN, tolerance, 0, "", Verdict.FAILED, detail);
    }
}
