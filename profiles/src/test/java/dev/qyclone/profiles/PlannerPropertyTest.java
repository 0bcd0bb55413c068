package dev.qyclone.profiles;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.stage.Placement;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.LongRange;

class PlannerPropertyTest {
    /** Memory of two GPUs and the host in MiB, the second GPU's largest array, what stays free. */
    record Sizes(long first, long second, long host, long largest, long reserve) {
    }

    @Property(tries = 500)
    void everyLayerIsPlacedOnceInOrderWithinTheMemoryAndAlongTheFallback(
            @ForAll("sizes") Sizes sizes, @ForAll @IntRange(min = 1, max = 30) int layers,
            @ForAll @IntRange(min = 0, max = 8192) int context, @ForAll @LongRange(min = 1, max = 60) long layerMib,
            @ForAll("targets") Target target, @ForAll("fallbacks") List<String> fallback) {
        Machine machine = Invented.machine(sizes.host * Invented.MIB, Invented.gpu("cuda:0:0", sizes.first * Invented.MIB),
                Invented.gpuWithBuffers("cuda:0:1", sizes.second * Invented.MIB, sizes.largest * Invented.MIB));
        ModelNeeds model = Invented.model(layers, layerMib * Invented.MIB, layers % 2 == 0, List.of());
        Profile profile = new Profile("p", List.of(LayerRule.of(new LayerRange.All(), target, "here")), Choice.UNSAID, Choice.UNSAID,
                fallback, null, sizes.reserve * Invented.MIB, 0);
        Plan plan;
        try {
            plan = Planner.plan(profile, model, machine, PlanRequest.of(context, 64));
        } catch (EngineException e) {
            assertEquals(ErrorCode.OUT_OF_MEMORY, e.code());
            return;
        }
        int next = 0;
        for (Placement.Run run : plan.placement().runs()) {
            assertEquals(next, run.firstLayer());
            assertTrue(run.count() > 0);
            next += run.count();
            assertEquals(plan.context(), run.options().context());
        }
        assertEquals(layers, next);
        for (DeviceTotal total : plan.totals()) {
            assertTrue(total.held() <= Math.max(0, total.device().memoryBytes() - total.reserve()), plan.toString());
        }
        assertOrdered(plan, allowed(target, fallback));
    }

    /** Layers go forwards in the list of devices only, and a warning is there where one is on a device that only the fallback names. */
    private static void assertOrdered(Plan plan, List<String> allowed) {
        int at = 0;
        for (Placement.Run run : plan.placement().runs()) {
            int index = allowed.indexOf(run.device().id());
            assertTrue(index >= 0, plan + " is not in " + allowed);
            assertTrue(index >= at || Machine.isHost(run.device()), plan + " goes back");
            at = Math.max(at, index);
            assertEquals(run.reason().startsWith("fallback of"),
                    plan.warnings().stream().anyMatch(line -> line.contains("run on " + run.device().id())
                            || line.contains("runs on " + run.device().id())), plan.toString());
        }
    }

    private static List<String> allowed(Target target, List<String> fallback) {
        List<String> all = new ArrayList<>(switch (target) {
            case Target.One one -> List.of(one.device());
            case Target.Fill fill -> fill.devices();
            case Target.Auto auto -> List.of("cuda:0:0", "cuda:0:1", "cpu");
        });
        all.addAll(fallback);
        return all;
    }

    @Provide
    Arbitrary<Sizes> sizes() {
        Arbitrary<Long> memory = Arbitraries.longs().between(1, 3000);
        // The first GPU is the larger one, so that the order of auto is known.
        return Combinators.combine(memory, memory, memory, Arbitraries.longs().between(20, 500), Arbitraries.of(0L, 100L, 512L))
                .as((one, other, host, largest, reserve) ->
                        new Sizes(Math.max(one, other) + 1, Math.min(one, other), host, largest, reserve));
    }

    @Provide
    Arbitrary<Target> targets() {
        return Arbitraries.of(new Target.One("cuda:0:0"), new Target.One("cuda:0:1"), new Target.One("cpu"), new Target.Auto(),
                new Target.Fill(List.of("cuda:0:1", "cuda:0:0")), new Target.Fill(List.of("cuda:0:0", "cpu")));
    }

    @Provide
    Arbitrary<List<String>> fallbacks() {
        return Arbitraries.of(List.of(), List.of("cpu"), List.of("cuda:0:1", "cpu"));
    }
}
