package dev.qyclone.bench.study;

import java.util.List;

/**
 * One way to run the model: what tells a cell from the others of its run.
 *
 * @param type of the matrices, such as {@code q4_0}; {@link #STORED} for those of the file, whatever they are
 * @param devices ids; several share the layers evenly, in this order, the embedding on the first, the output on the last
 * @param vectorBits that the Vector API shall use; 0 where the JVM chooses, or nothing of this runs on the host
 * @param kernels the family, such as {@code parallel}; {@code auto} where the backend chooses
 */
public record CellTarget(String type, List<String> devices, int vectorBits, String kernels) {
    /** The weights as they lie in the file. */
    public static final String STORED = "stored";
    /** The backend chooses its kernels. */
    public static final String AUTO = "auto";

    public CellTarget {
        devices = List.copyOf(devices);
        if (devices.isEmpty() || type.isBlank() || kernels.isBlank() || vectorBits < 0) {
            throw new IllegalArgumentException("no target: " + type + devices + vectorBits + kernels);
        }
    }

    /** Whatever the weights are stored in: such as {@code cpu, 256-bit vectors} or {@code opencl:0:0, parallel kernels}. */
    public String place() {
        return String.join(" + ", devices) + (vectorBits == 0 ? "" : ", " + vectorBits + "-bit vectors")
                + (kernels.equals(AUTO) ? "" : ", " + kernels + " kernels");
    }

    /** True if layers lie on more than one device. */
    public boolean split() {
        return devices.size() > 1;
    }
}
