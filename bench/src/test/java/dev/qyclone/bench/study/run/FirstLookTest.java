package dev.qyclone.bench.study.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.bench.study.CellTarget;
import dev.qyclone.bench.study.Study;
import dev.qyclone.bench.study.StudySettings;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A study of one round: cells open two at a time. */
class FirstLookTest extends StudyRig {
    private static final StudySettings ONE_ROUND = new StudySettings(9, 3, 1, 0, 100, 0, List.of(1, 5), 2, 2);

    @Test
    void twoCellsOpenAtOnceOnOneDeviceToo() {
        Set<CellTarget> open = ConcurrentHashMap.newKeySet();
        List<Set<CellTarget>> together = Collections.synchronizedList(new ArrayList<>());
        CountDownLatch both = new CountDownLatch(2);
        CellTarget again = new CellTarget("stored", List.of("gpu:0"), 0, "context");
        opening = target -> {
            open.add(target);
            together.add(Set.copyOf(open));
            if (!target.equals(SCALAR)) {
                awaitBoth(both);
            }
            open.remove(target);
        };
        Study study = runner(request(ONE_ROUND, SCALAR, FAULTY, again), null, kept -> { }).run();
        assertTrue(study.complete());
        assertFalse(study.hasFaults());
        assertEquals(Set.of(SCALAR), together.getFirst(), "the reference is there before it is asked for");
        assertTrue(together.contains(Set.of(FAULTY, again)), together.toString());

        together.clear();
        run(null, SCALAR, FAULTY, again);
        assertTrue(together.stream().allMatch(cells -> cells.size() == 1), together.toString());
    }

    private static void awaitBoth(CountDownLatch both) {
        both.countDown();
        try {
            both.await(1, TimeUnit.MINUTES); // what was seen tells whether the other came
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void whatDoesNotFitBesideOthersWaitsToo() {
        opening = target -> {
            if (target.equals(FAULTY) && firstTokens.indexOf("gpu:0") == firstTokens.lastIndexOf("gpu:0")) {
                throw new EngineException(ErrorCode.OUT_OF_MEMORY, "gpu:0 is full for now");
            }
        };
        Study study = runner(request(ONE_ROUND, CPU, FAULTY, target("stored", "cpu", "gpu:0")), null, kept -> { }).run();
        assertTrue(study.complete());
        assertFalse(study.hasFaults());
        assertEquals("gpu:0", firstTokens.getLast());
    }
}
