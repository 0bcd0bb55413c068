package dev.qyclone.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.Set;
import java.util.TreeSet;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/** Notes which kernels run when graphs join, as TornadoVM's profiler names them. */
final class KernelNames extends OpeningClock {
    private final Set<String> names = new TreeSet<>();

    KernelNames() {
        super(false);
    }

    /** Such as {@code StepKernels.enter}. */
    Set<String> names() {
        return names;
    }

    @Override
    void run(TornadoExecutionPlan plan) {
        plan.withProfiler(ProfilerMode.SILENT);
        try {
            String log = plan.execute().getProfilerResult().getProfileLog();
            for (JsonNode graph : new ObjectMapper().readTree(log)) {
                graph.forEach(step -> {
                    if (step.has("METHOD")) {
                        names.add(step.get("METHOD").textValue());
                    }
                });
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } finally {
            plan.withoutProfiler();
        }
    }
}
