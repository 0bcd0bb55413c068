package dev.qyclone.bench.tokens;

import java.util.ArrayList;
import java.util.List;

/**
 * What to time on every target.
 *
 * @param prompts sizes of prompts, each a {@code pp} test
 * @param gens numbers of ids to write, each a {@code tg} test
 * @param depths ids that a session holds before, each with every test
 * @param batches prompt ids computed in one call, each with every {@code pp} test
 * @param sessions conversations at the same time, each with every test
 * @param flows each with every {@code pp} test
 * @param repetitions timed runs of each cell
 * @param warmUpNanos each cell runs before those for so long, and at least once: the JVM compiles what runs often; 0 for not at all
 * @param parityIds ids whose logits are compared with the plain reference first; 0 compares none
 */
public record BenchSettings(
        List<Integer> prompts, List<Integer> gens, List<Integer> depths, List<Integer> batches, List<Integer> sessions,
        List<PromptFlow> flows, int repetitions, long warmUpNanos, int parityIds) {
    public BenchSettings {
        prompts = List.copyOf(prompts);
        gens = List.copyOf(gens);
        depths = List.copyOf(depths);
        batches = List.copyOf(batches);
        sessions = List.copyOf(sessions);
        flows = List.copyOf(flows);
        if (batches.isEmpty() || depths.isEmpty() || sessions.isEmpty() || flows.isEmpty() || repetitions < 1 || warmUpNanos < 0) {
            throw new IllegalArgumentException("nothing to measure with: " + depths + batches + sessions + flows + repetitions);
        }
    }

    /** A cell of the table, on one target: prompts first, as llama-bench has them. */
    record Work(TokenTest test, int batch, int sessions, PromptFlow flow) {
    }

    List<Work> works() {
        List<Work> works = new ArrayList<>();
        for (int depth : depths) {
            for (int count : sessions) {
                for (int prompt : prompts) {
                    for (int batch : batches) {
                        flows.forEach(flow -> works.add(new Work(new TokenTest(prompt, 0, depth), batch, count, flow)));
                    }
                }
                gens.forEach(gen -> works.add(new Work(new TokenTest(0, gen, depth), batches.getFirst(), count, PromptFlow.PIPELINED)));
            }
        }
        return works;
    }

    /** Sessions that are open on a target at the same time at most: those of each batch stay open, and one is for the first run. */
    public int openSessions() {
        return sessions.stream().mapToInt(Integer::intValue).max().orElse(1) * batches.size() + 1;
    }

    /** Rows of the largest call. */
    public int largestBatch() {
        return Math.max(parityIds, batches.stream().mapToInt(Integer::intValue).max().orElse(1));
    }

    /** Positions that the longest test takes, and the comparison with the reference. */
    public int positions() {
        int longest = works().stream().mapToInt(work -> work.test().positions()).max().orElse(0);
        return Math.max(longest, parityIds + Parity.STEPS);
    }
}
