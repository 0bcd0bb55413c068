package dev.qyclone.bench.study.run;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.BackendOptions;
import dev.qyclone.engine.stage.Backends;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * The other end of a cell's own JVM: reads what to do, one JSON object a line, the {@link CellSpec} first, and answers each with a line of
 * {@link #MARK} and {@code {"ok":true,"value":…}} or {@code {"ok":false,"code":…,"reason":…}}.
 */
public final class StudyWorker {
    /** Comes before each answer: a driver's native code writes to stdout what it likes. */
    static final String MARK = "qyclone-study:";

    /** What can be asked. */
    enum Task {
        PREPARE, OPEN, OPEN_FOR_LOGITS, WRITE_REFERENCE, COMPARE, LIMITS, WARM_UP, PREFILL, DECODE, MEMORY, LAYERS
    }

    private StudyWorker() {
    }

    /**
     * Serves one cell until the input ends.
     *
     * @param answer is given each line
     * @param source opens the backends
     */
    public static void serve(BufferedReader in, Consumer<String> answer, Function<BackendOptions, Backends> source) throws IOException {
        String first = in.readLine();
        if (first == null) {
            return;
        }
        try (CellWorker work = new CellWork(StudyFile.MAPPER.readValue(first, CellSpec.class), source)) {
            for (String line = in.readLine(); line != null; line = in.readLine()) {
                JsonNode request = StudyFile.MAPPER.readTree(line);
                answer.accept(MARK + answer(work, Task.valueOf(request.path("do").asText().toUpperCase(Locale.ROOT)), request));
            }
        }
    }

    /** Whatever goes wrong is the cell's answer: a row with the reason. */
    private static String answer(CellWorker work, Task task, JsonNode request) throws IOException {
        ObjectNode answer = StudyFile.MAPPER.createObjectNode();
        try {
            answer.put("ok", true);
            answer.set("value", StudyFile.MAPPER.valueToTree(run(work, task, request)));
        } catch (EngineException e) {
            refuse(answer, e.code(), e.getMessage());
        } catch (OutOfMemoryError e) {
            refuse(answer, ErrorCode.OUT_OF_MEMORY, "out of memory: " + e.getMessage());
        } catch (RuntimeException | Error e) { // of a runtime or driver, too: the cell has failed, and the study goes on
            refuse(answer, ErrorCode.DEVICE_FAILED, e.toString().lines().findFirst().orElse(""));
        }
        return StudyFile.MAPPER.writeValueAsString(answer);
    }

    private static void refuse(ObjectNode answer, ErrorCode code, String reason) {
        answer.removeAll();
        answer.put("ok", false).put("code", code.name()).put("reason", reason);
    }

    private static Object run(CellWorker work, Task task, JsonNode request) {
        return switch (task) {
            case PREPARE -> work.prepare();
            case OPEN -> work.open();
            case OPEN_FOR_LOGITS -> {
                work.openForLogits();
                yield null;
            }
            case WRITE_REFERENCE -> {
                work.writeReference(Path.of(request.path("file").asText()));
                yield null;
            }
            case COMPARE -> work.compare(Path.of(request.path("file").asText()));
            case LIMITS -> work.limits(request.path("device").asText());
            case WARM_UP -> {
                work.warmUp();
                yield null;
            }
            case PREFILL -> work.prefill();
            case DECODE -> work.decode();
            case MEMORY -> work.memory();
            case LAYERS -> work.layers();
        };
    }
}
