package dev.qyclone.engine.stage;

import java.util.List;

/**
 * What a device says of itself and what was found by trying; 0 where a limit does not apply.
 *
 * @param workGroupLimit most items in a work-group
 * @param localMemoryBytes memory that a work-group shares
 * @param largestBufferBytes most that one array may take
 * @param computeUnits how many work-groups run at once, roughly; cores of a CPU
 * @param driver name and version of what runs it
 * @param mostRows rows that its layers take at once; a longer call goes through them in pieces, and takes no more memory
 * @param packedPrompts families of kernels in which calls of many rows read weights as they are packed; in the others each matrix is
 *     unpacked to floats first
 */
public record DeviceFacts(
        int workGroupLimit, long localMemoryBytes, long largestBufferBytes, int computeUnits, HalfFloats halfFloats, String driver,
        int mostRows, List<KernelFamily> packedPrompts) {
    /** Nothing is known and nothing is limited. */
    public static final DeviceFacts NONE = new DeviceFacts(0, 0, 0, 0, HalfFloats.UNKNOWN, "");

    public DeviceFacts {
        packedPrompts = List.copyOf(packedPrompts);
    }

    /** Of a device that unpacks weights for calls of many rows. */
    public DeviceFacts(
            int workGroupLimit, long localMemoryBytes, long largestBufferBytes, int computeUnits, HalfFloats halfFloats, String driver,
            int mostRows) {
        this(workGroupLimit, localMemoryBytes, largestBufferBytes, computeUnits, halfFloats, driver, mostRows, List.of());
    }

    /** Of a device that takes calls as they come. */
    public DeviceFacts(
            int workGroupLimit, long localMemoryBytes, long largestBufferBytes, int computeUnits, HalfFloats halfFloats, String driver) {
        this(workGroupLimit, localMemoryBytes, largestBufferBytes, computeUnits, halfFloats, driver, 0);
    }

    /** The same, where more is known. */
    public DeviceFacts withHalfFloats(HalfFloats found) {
        return new DeviceFacts(
                workGroupLimit, localMemoryBytes, largestBufferBytes, computeUnits, found, driver, mostRows, packedPrompts);
    }

    /** The same, where it is known which kernels run. */
    public DeviceFacts withPackedPrompts(List<KernelFamily> families) {
        return new DeviceFacts(
                workGroupLimit, localMemoryBytes, largestBufferBytes, computeUnits, halfFloats, driver, mostRows, families);
    }
}
