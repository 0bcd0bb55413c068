package dev.qyclone.cli;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** The value of {@code --layer-windows}: ranges of layers that see a window of the text; the others see all of it. */
record LayerWindows(List<Range> ranges) {
    /** Layers first to last, and how many positions a query sees there, its own included. */
    record Range(int first, int last, int window) {
        @Override
        public String toString() {
            return (first == last ? "" + first : first + "-" + last) + ":" + window;
        }
    }

    LayerWindows {
        ranges = List.copyOf(ranges);
    }

    /** The highest layer that is named. */
    int lastLayer() {
        return ranges.stream().mapToInt(Range::last).max().orElseThrow();
    }

    /** One window for each of so many layers, 0 for all. */
    List<Integer> forLayers(int layers) {
        List<Integer> windows = new ArrayList<>(Collections.nCopies(layers, 0));
        ranges.forEach(range -> Collections.fill(windows.subList(range.first, range.last + 1), range.window));
        return windows;
    }

    /** Such as {@code 0-7:2048,8:4096}. */
    static final class Converter implements ITypeConverter<LayerWindows> {
        private static final Pattern RANGE = Pattern.compile("(\\d{1,9})(?:-(\\d{1,9}))?:(\\d{1,9})");

        @Override
        public LayerWindows convert(String value) {
            List<Range> ranges = new ArrayList<>();
            for (String word : value.strip().split("\\s*,\\s*", -1)) {
                Range range = range(word);
                for (Range other : ranges) {
                    if (range.first <= other.last && other.first <= range.last) {
                        throw new TypeConversionException("the ranges " + other + " and " + range + " overlap");
                    }
                }
                ranges.add(range);
            }
            return new LayerWindows(ranges);
        }

        private static Range range(String word) {
            Matcher match = RANGE.matcher(word);
            if (!match.matches()) {
                throw new TypeConversionException("expected ranges of layers with a window, such as 0-7:2048,8:4096, got '" + word + "'");
            }
            int first = Integer.parseInt(match.group(1));
            Range range = new Range(
                    first, match.group(2) == null ? first : Integer.parseInt(match.group(2)), Integer.parseInt(match.group(3)));
            if (range.last < range.first) {
                throw new TypeConversionException("the range " + range + " ends before it begins");
            }
            if (range.window == 0) {
                throw new TypeConversionException("the window of " + range + " must be at least 1; layers that are not named see all");
            }
            return range;
        }
    }
}
