package dev.qyclone.tasks;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/** Reads the log of TornadoVM's profiler: {"graph": {"graph.step": {"TASK_KERNEL_TIME": "nanoseconds", ...}, ...}}. */
final class KernelTimes {
    private KernelTimes() {
    }

    /** Nanoseconds on the device by the names of a graph's steps. */
    static Map<String, Long> read(String log, String graph) {
        Map<String, Long> times = new LinkedHashMap<>();
        try {
            JsonNode steps = new ObjectMapper().readTree(log).path(graph);
            for (Map.Entry<String, JsonNode> entry : steps.properties()) {
                if (entry.getKey().startsWith(graph + ".")) {
                    times.put(entry.getKey().substring(graph.length() + 1), entry.getValue().path("TASK_KERNEL_TIME").asLong());
                }
            }
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("TornadoVM's profile is no JSON: " + log, e);
        }
        return times;
    }
}
