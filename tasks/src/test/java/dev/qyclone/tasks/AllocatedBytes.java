package dev.qyclone.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.HashMap;
import java.util.Map;
import uk.ac.manchester.tornado.api.TornadoExecutionPlan;
import uk.ac.manchester.tornado.api.TornadoProfilerResult;
import uk.ac.manchester.tornado.api.enums.ProfilerMode;

/**
 * Adds up what TornadoVM allocates on a device for graphs that join, by its own profiler. That tells of each graph what it has and no
 * graph before it, however often it runs.
 */
final class AllocatedBytes extends OpeningClock {
    private final Map<String, Long> bytes = new HashMap<>();

    AllocatedBytes() {
        super(false);
    }

    long bytes() {
        return bytes.values().stream().mapToLong(Long::longValue).sum();
    }

    @Override
    void run(TornadoExecutionPlan plan) {
        plan.withProfiler(ProfilerMode.SILENT);
        try {
            TornadoProfilerResult profile = plan.execute().getProfilerResult();
            String graph = new ObjectMapper().readTree(profile.getProfileLog()).fieldNames().next();
            bytes.put(graph, profile.getTotalDeviceMemoryUsage());
        } catch (JsonProcessingException e) {
            throw new IllegalStateException(e);
        } finally {
            plan.withoutProfiler();
        }
    }
}
