package dev.qyclone.bench.study.run;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.qyclone.bench.study.DeviceLimits;
import dev.qyclone.bench.study.FirstToken;
import dev.qyclone.bench.study.LayerTime;
import dev.qyclone.bench.study.Memory;
import dev.qyclone.bench.study.Parity;
import dev.qyclone.bench.study.StudyFile;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** A cell in a JVM of its own: what its driver does to it, up to a crash, is told here as a reason. */
final class WorkerProcess implements CellWorker {
    private static final int LINES_KEPT = 12;
    private static final long PATIENCE_MINUTES = 30;
    /** Exit codes after SIGHUP, SIGINT and SIGTERM. */
    private static final Set<Integer> INTERRUPTED = Set.of(129, 130, 143);
    /** Lines that do not say what happened: of a stack trace, and Java's warning about the vector module. */
    private static final Pattern TRACE = Pattern.compile("^\\s+at |^\\s*\\.\\.\\. \\d+ more|incubator modules");
    /** Put behind the last line. */
    private static final String END = "";

    private final Process process;
    private final Path crashes;
    private final BufferedWriter requests;
    private final BlockingQueue<String> answers = new LinkedBlockingQueue<>();
    private final Deque<String> errors = new ArrayDeque<>();

    private WorkerProcess(Process process, Path crashes) {
        this.process = process;
        this.crashes = crashes;
        this.requests = process.outputWriter(StandardCharsets.UTF_8);
        // A JVM and native code of drivers say things on stdout, too, and not always whole lines.
        Thread.ofPlatform().daemon().name("qyclone-study-answers").start(() -> {
            follow(process.inputReader(StandardCharsets.UTF_8), line -> {
                int mark = line.indexOf(StudyWorker.MARK);
                if (mark >= 0) {
                    answers.add(line.substring(mark + StudyWorker.MARK.length()));
                }
            });
            answers.add(END);
        });
        Thread.ofPlatform().daemon().name("qyclone-study-errors").start(() ->
                follow(process.errorReader(StandardCharsets.UTF_8), this::keep));
    }

    /**
     * Starts a JVM for a cell.
     *
     * @param command that serves a {@link StudyWorker}
     * @param crashes the folder of {@link #crashReport}
     * @throws EngineException DEVICE_FAILED if it cannot be started
     */
    static WorkerProcess start(List<String> command, CellSpec spec, Path crashes) {
        try {
            // To start a process takes a while, too. What Java says of its start on Linux is the second of the boot and some ticks.
            long before = System.currentTimeMillis();
            WorkerProcess worker = new WorkerProcess(new ProcessBuilder(command).start(), crashes);
            worker.send(StudyFile.MAPPER.writeValueAsString(spec.startedAt(before)));
            return worker;
        } catch (IOException e) {
            throw new EngineException(ErrorCode.DEVICE_FAILED, "the cell's JVM could not be started", e).got(e.getMessage());
        }
    }

    /** Where the JVM of a process writes what it knows of its crash. */
    static Path crashReport(Path folder, String pid) {
        return folder.resolve("crash-" + pid + ".log");
    }

    private interface LineSink {
        void line(String text);
    }

    private static void follow(BufferedReader reader, LineSink sink) {
        try (reader) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                sink.line(line);
            }
        } catch (IOException e) {
            sink.line(e.toString()); // the process is gone
        }
    }

    private void keep(String line) {
        synchronized (errors) {
            errors.add(line);
            if (errors.size() > LINES_KEPT) {
                errors.remove();
            }
        }
    }

    private void send(String line) throws IOException {
        requests.write(line);
        requests.write('\n');
        requests.flush();
    }

    private static ObjectNode request(StudyWorker.Task task) {
        return StudyFile.MAPPER.createObjectNode().put("do", task.name().toLowerCase(Locale.ROOT));
    }

    private JsonNode ask(StudyWorker.Task task) {
        return ask(task, request(task));
    }

    private JsonNode ask(StudyWorker.Task task, ObjectNode request) {
        try {
            send(request.toString());
        } catch (IOException e) {
            throw ended(task);
        }
        JsonNode answer = answer(task);
        if (!answer.path("ok").asBoolean()) {
            throw new EngineException(ErrorCode.valueOf(answer.path("code").asText()), answer.path("reason").asText());
        }
        return answer.path("value");
    }

    private JsonNode answer(StudyWorker.Task task) {
        try {
            String line = answers.poll(PATIENCE_MINUTES, TimeUnit.MINUTES);
            if (line == null) {
                close();
                throw new EngineException(ErrorCode.DEVICE_FAILED, "no answer for " + PATIENCE_MINUTES + " minutes").got(words(task));
            }
            if (line.equals(END)) {
                throw ended(task);
            }
            return StudyFile.MAPPER.readTree(line);
        } catch (IOException e) {
            throw new EngineException(ErrorCode.DEVICE_FAILED, "the cell's JVM answered what is no JSON", e).got(e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new EngineException(ErrorCode.DEVICE_FAILED, "interrupted", e).got(words(task));
        }
    }

    private EngineException ended(StudyWorker.Task task) {
        String last;
        try {
            last = process.waitFor(2, TimeUnit.SECONDS) ? "exit code " + process.exitValue() : "no exit code";
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            last = "no exit code";
        }
        synchronized (errors) {
            String said = errors.stream().filter(line -> !line.isBlank() && !TRACE.matcher(line).find()).reduce((before, after) -> after)
                    .map(line -> ": " + line.strip()).orElse("");
            Path report = crashReport(crashes, Long.toString(process.pid()));
            return new EngineException(ErrorCode.DEVICE_FAILED, "the cell's JVM ended while it was asked to " + words(task) + " (" + last
                    + ")" + said + (Files.exists(report) ? "; its report is " + report.getFileName() + " beside study.json" : ""));
        }
    }

    private static String words(StudyWorker.Task task) {
        return task.name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }

    private <T> T ask(StudyWorker.Task task, Class<T> type) {
        return StudyFile.MAPPER.convertValue(ask(task), type);
    }

    @Override
    public Prepared prepare() {
        return ask(StudyWorker.Task.PREPARE, Prepared.class);
    }

    @Override
    public FirstToken open() {
        return ask(StudyWorker.Task.OPEN, FirstToken.class);
    }

    @Override
    public void openForLogits() {
        ask(StudyWorker.Task.OPEN_FOR_LOGITS);
    }

    @Override
    public void writeReference(Path file) {
        ask(StudyWorker.Task.WRITE_REFERENCE, request(StudyWorker.Task.WRITE_REFERENCE).put("file", file.toString()));
    }

    @Override
    public Parity compare(Path reference) {
        ObjectNode request = request(StudyWorker.Task.COMPARE).put("file", reference.toString());
        return StudyFile.MAPPER.convertValue(ask(StudyWorker.Task.COMPARE, request), Parity.class);
    }

    @Override
    public DeviceLimits limits(String device) {
        ObjectNode request = request(StudyWorker.Task.LIMITS).put("device", device);
        return StudyFile.MAPPER.convertValue(ask(StudyWorker.Task.LIMITS, request), DeviceLimits.class);
    }

    @Override
    public void warmUp() {
        ask(StudyWorker.Task.WARM_UP);
    }

    @Override
    public long prefill() {
        return ask(StudyWorker.Task.PREFILL).asLong();
    }

    @Override
    public long decode() {
        return ask(StudyWorker.Task.DECODE).asLong();
    }

    @Override
    public List<LayerTime> layers() {
        JavaType list = StudyFile.MAPPER.getTypeFactory().constructCollectionType(List.class, LayerTime.class);
        return StudyFile.MAPPER.convertValue(ask(StudyWorker.Task.LAYERS), list);
    }

    @Override
    public Memory memory() {
        return ask(StudyWorker.Task.MEMORY, Memory.class);
    }

    @Override
    public boolean interrupted() {
        return !process.isAlive() && INTERRUPTED.contains(process.exitValue());
    }

    /** Nothing of it is worth waiting for: its memory is the system's again when it is gone. */
    @Override
    public void close() {
        process.destroyForcibly();
        try {
            process.waitFor(5, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
