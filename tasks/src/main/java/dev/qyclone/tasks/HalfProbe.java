package dev.qyclone.tasks;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.stage.HalfFloats;
import dev.qyclone.tasks.kernels.HalfProbeKernels;
import uk.ac.manchester.tornado.api.common.TornadoDevice;
import uk.ac.manchester.tornado.api.types.HalfFloat;
import uk.ac.manchester.tornado.api.types.arrays.HalfFloatArray;

/**
 * Finds out whether a device computes with 16-bit floats by letting it. One under OpenCL that does not name the extension for them is not
 * asked: its compiler refuses them by the standard, and TornadoVM prints that on stdout, among what a command prints there.
 */
final class HalfProbe {
    private static final int COUNT = 64;
    private static final String OPEN_CL = "OpenCL C version";
    private static final String HALVES = "cl_khr_fp16";

    private HalfProbe() {
    }

    static HalfFloats run(TornadoDevice tornado) {
        String info = tornado.getPhysicalDevice().getDeviceInfo();
        if (info.contains(OPEN_CL) && !info.contains(HALVES)) {
            return HalfFloats.NO;
        }
        HalfFloatArray a = new HalfFloatArray(COUNT);
        HalfFloatArray b = new HalfFloatArray(COUNT);
        HalfFloatArray sums = new HalfFloatArray(COUNT);
        for (int i = 0; i < COUNT; i++) {
            a.set(i, new HalfFloat(i * 0.25f));
            b.set(i, new HalfFloat(1.5f));
            sums.set(i, new HalfFloat(0f));
        }
        try (GraphChain chain = new GraphChain(COUNT)) {
            Steps steps = chain.next("halves").own(a, b);
            steps.overItems("add", COUNT, (graph, task) -> graph.task(task, HalfProbeKernels::addHalves, a, b, sums, COUNT));
            steps.fetch(sums);
            chain.open(tornado, () -> { });
        } catch (EngineException e) {
            return HalfFloats.NO;
        }
        for (int i = 0; i < COUNT; i++) {
            if (sums.get(i).getFloat32() != i * 0.25f + 1.5f) {
                return HalfFloats.NO;
            }
        }
        return HalfFloats.YES;
    }
}
