package dev.qyclone.bench.study;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * A study, of one machine or of several: what {@code study.json} holds.
 *
 * @param format always {@link #FORMAT}
 * @param version of the schema; files of another one are refused
 * @param complete false where a run was ended before it was through
 * @param cells in the order of the runs
 */
public record Study(String format, int version, boolean complete, List<RunFacts> runs, List<Cell> cells) {
    /** Says what the file is. */
    public static final String FORMAT = "qyclone-study";
    /** Counts changes that an older reader would misread. */
    public static final int VERSION = 1;

    public Study {
        runs = List.copyOf(runs);
        cells = List.copyOf(cells);
        Set<String> labels = new TreeSet<>(runs.stream().map(RunFacts::label).toList());
        if (labels.size() != runs.size()) {
            throw new IllegalArgumentException("two runs are labelled alike: " + runs.stream().map(RunFacts::label).toList());
        }
        cells.stream().filter(cell -> !labels.contains(cell.run())).findFirst().ifPresent(cell -> {
            throw new IllegalArgumentException("cell " + cell.name() + " belongs to no run: " + cell.run());
        });
    }

    /** A study of these runs. */
    public static Study of(List<RunFacts> runs, List<Cell> cells) {
        return new Study(FORMAT, VERSION, runs.stream().allMatch(RunFacts::complete), runs, cells);
    }

    /** All runs of all studies; runs that are labelled alike get numbers behind their labels. */
    public static Study merged(List<Study> studies) {
        List<RunFacts> runs = new ArrayList<>();
        List<Cell> cells = new ArrayList<>();
        Set<String> taken = new TreeSet<>();
        for (Study study : studies) {
            for (RunFacts run : study.runs) {
                String label = run.label();
                for (int i = 2; !taken.add(label); i++) {
                    label = run.label() + " (" + i + ")";
                }
                runs.add(run.labelled(label));
                String unique = label;
                study.cells.stream().filter(cell -> cell.run().equals(run.label())).forEach(cell -> cells.add(cell.ofRun(unique)));
            }
        }
        return of(runs, cells);
    }

    /** The run that a cell belongs to. */
    public RunFacts runOf(Cell cell) {
        return runs.stream().filter(run -> run.label().equals(cell.run())).findFirst().orElseThrow();
    }

    /** True if a cell failed or is wrong. */
    public boolean hasFaults() {
        return cells.stream().anyMatch(cell -> cell.status().isFault());
    }
}
