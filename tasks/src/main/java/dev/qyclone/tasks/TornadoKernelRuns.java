package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Availability;
import dev.qyclone.engine.stage.KernelCase;
import dev.qyclone.engine.stage.KernelRun;
import dev.qyclone.engine.stage.KernelRuns;

/** How benchmarks find the kernels. Names no class of TornadoVM, so that it loads where there is none. */
public final class TornadoKernelRuns implements KernelRuns {
    @Override
    public Availability availability() {
        return TornadoRuntimeCheck.availability();
    }

    @Override
    public KernelRun open(String device, KernelCase which) {
        if (availability() instanceof Availability.Missing missing) {
            throw new EngineException(ErrorCode.DEVICE_UNAVAILABLE, missing.reason()).remedy(missing.remedy());
        }
        return DeviceKernelRun.open(device, which);
    }
}
