package dev.qyclone.bench;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.State;

/** Bytes that a device's kernel had to move and operations that it had to do, also as parts of what the device did just before. */
@AuxCounters
@State(Scope.Thread)
public class DeviceRate {
    public double gigabytesPerSecond;
    public double gigaflopsPerSecond;
    public double percentOfCopy;
    public double percentOfMultiplyAdd;
    /** Kernels launched by a run. This and what follows are summed with the runs' seconds, as JMH divides by the seconds of all. */
    public double launches;
    /** What they take on the device, microseconds by the driver's clock. */
    public double kernelMicros;
    /** Microseconds of a run that are no kernel's, for each of its launches. */
    public double hostMicrosPerLaunch;
}
