package dev.qyclone.tasks;

import dev.qyclone.tasks.kernels.Call;
import dev.qyclone.tasks.kernels.StepKernels;

/** What begins a call on the device: one upload, spread over the arrays that the layers read. */
final class EnterGraph {
    private EnterGraph() {
    }

    static void describe(Steps steps, StageArrays a) {
        int count = Math.max(Math.max(Call.INTS, a.angleCount), a.x.getSize());
        steps.send(a.sent).own(a.call, a.cursor, a.angles, a.x);
        steps.overItems("spread", count, (graph, task) -> graph.task(task, StepKernels::enter,
                a.sent, a.call, a.cursor, a.angles, a.x, a.angleCount, a.x.getSize(), count));
    }
}
