package dev.qyclone.tasks;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.engine.TestTag;
import org.junit.platform.launcher.TestExecutionListener;
import org.junit.platform.launcher.TestIdentifier;
import org.junit.platform.launcher.TestPlan;

/** Says at the end how many tests ran on a device, and why others did not; a file keeps the words for continuous integration. */
public final class DeviceTestCount implements TestExecutionListener {
    private static final TestTag DEVICE = TestTag.create("device");
    private static final Path REPORT = Path.of("target/device-tests.txt");

    private final Map<String, Integer> skipped = new TreeMap<>();
    private int ran;

    @Override
    public void executionSkipped(TestIdentifier test, String reason) {
        if (test.getTags().contains(DEVICE)) {
            skipped.merge(reason, 1, Integer::sum);
        }
    }

    @Override
    public void executionFinished(TestIdentifier test, TestExecutionResult result) {
        if (!test.getTags().contains(DEVICE)) {
            return;
        }
        if (result.getStatus() == TestExecutionResult.Status.ABORTED) {
            skipped.merge(result.getThrowable().map(Throwable::getMessage).orElse("no reason given"), 1, Integer::sum);
        } else if (test.isTest()) {
            ran++;
        }
    }

    @Override
    public void testPlanExecutionFinished(TestPlan plan) {
        StringBuilder words = new StringBuilder("device tests: " + ran + " ran");
        skipped.forEach((reason, count) -> words.append("; ").append(count).append(" skipped (").append(reason).append(")"));
        try {
            Files.writeString(REPORT, words + "\n");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        System.out.println(words);
    }
}
