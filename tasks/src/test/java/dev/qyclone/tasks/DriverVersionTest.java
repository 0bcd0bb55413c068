package dev.qyclone.tasks;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Optional;
import org.junit.jupiter.api.Test;

class DriverVersionTest {
    private static final String MODULE =
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19 01:15:15 UTC 2023\n"
            + "GCC version: 12\n";
    private static final String OPEN = "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  570.86.10  Release Build  (dvs-builder)\n";

    @Test
    void openClDevicesTellTheirs() {
        String info = "id=0x1, deviceName=pthread\nDevice version   : OpenCL 1.2 pocl\nDriver version   : 3.1-3+deb12u1\n"
                + "Endianness       : little\n";
        assertEquals(Optional.of("3.1-3+deb12u1"), DriverVersion.of(info, MODULE));
    }

    @Test
    void theKernelModuleTellsMoreThanTheInterfaceOfCuda() {
        assertEquals(Optional.of("12.2, 535.104.05"), DriverVersion.of("Device vendor    : NVIDIA\nDriver version   : 12.2\n", MODULE));
        assertEquals(Optional.of("535.104.05"), DriverVersion.of("NVIDIA A100", MODULE));
        assertEquals(Optional.of("570.86.10"), DriverVersion.of("Tesla", OPEN));
        assertEquals(Optional.of("535.1.2"), DriverVersion.of("Device vendor    : NVIDIA\nDriver version   : 535.1.2\n",
                MODULE.replace("535.104.05", "535.1.2")));
    }

    @Test
    void whereNothingIsToldNothingIsKnown() {
        assertEquals(Optional.empty(), DriverVersion.of("some device", ""));
    }
}
