package dev.qyclone.bench.study.run;

import dev.qyclone.engine.stage.Backend;
import dev.qyclone.engine.stage.Backends;
import dev.qyclone.engine.stage.OpeningTimes;
import dev.qyclone.engine.stage.Placement;
import java.util.List;

/** What the backends that a cell computes with compile and upload from one step to the next. */
final class OpeningMarks {
    private final List<Backend> backends;
    private OpeningTimes last = new OpeningTimes(0, 0);

    OpeningMarks(Backends backends, Placement placement) {
        this.backends = placement.devices().stream().map(backends::of).distinct().toList();
    }

    /** Since the mark before, or since the backends were made; null if none of them can tell. */
    OpeningTimes next() {
        OpeningTimes now = backends.stream().flatMap(backend -> backend.openingTimes().stream()).reduce(OpeningTimes::plus).orElse(null);
        if (now == null) {
            return null;
        }
        OpeningTimes step = now.since(last);
        last = now;
        return step;
    }

    static Long compiled(OpeningTimes times) {
        return times == null ? null : Long.valueOf(times.compileNanos());
    }

    static Long uploaded(OpeningTimes times) {
        return times == null ? null : Long.valueOf(times.uploadNanos());
    }
}
