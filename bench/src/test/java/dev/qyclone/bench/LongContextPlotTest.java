package dev.qyclone.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The picture in the documentation is the one that the engine's policies give. */
class LongContextPlotTest {
    /** Machines may differ in the last bit of a logarithm, and so in the last digit of a coordinate. */
    private static final double PIXELS = 0.11;
    private static final Pattern NUMBER = Pattern.compile("\\d+\\.\\d");

    @Test
    void theCommittedPictureIsCurrent() throws IOException {
        String committed = Files.readString(Path.of("../docs/images/long-context.svg"));
        String current = LongContextPlot.svg();
        assertEquals(NUMBER.matcher(current).replaceAll("#"), NUMBER.matcher(committed).replaceAll("#"));
        List<Double> wanted = numbers(current);
        List<Double> found = numbers(committed);
        assertFalse(wanted.isEmpty());
        for (int i = 0; i < wanted.size(); i++) {
            assertEquals(wanted.get(i), found.get(i), PIXELS, "number " + i);
        }
    }

    private static List<Double> numbers(String svg) {
        return NUMBER.matcher(svg).results().map(MatchResult::group).map(Double::valueOf).toList();
    }
}
