package dev.qyclone.profiles.tune;

import java.util.List;

/** What belongs to a stage's call and what to its layers, from times of stages of one layer and of a stage of several. */
final class CallSplit {
    private CallSplit() {
    }

    /**
     * A stage of layers a, b, … takes call + a + b + …; so does a stage of one. From stages of one of each kind and one of several layers,
     * call = (sum of the single times − time of the several) / (several − 1). Noise can make that negative: then there is no call cost,
     * and the single times are stretched so that the several add up to what they took together.
     *
     * @param singles for each kind the time of a stage of one such layer
     * @param kinds of the several layers; one or none says nothing, and the call is counted as free
     */
    static StageTimes split(List<Timing> singles, List<Integer> kinds, Timing several, Timing embedding) {
        if (kinds.size() < 2) {
            return new StageTimes(Timing.exactly(0), singles, embedding);
        }
        double alone = kinds.stream().mapToDouble(kind -> singles.get(kind).median()).sum();
        double cheapest = singles.stream().mapToDouble(Timing::median).min().orElse(0);
        double call = Math.clamp((alone - several.median()) / (kinds.size() - 1), 0, cheapest);
        double rest = alone - kinds.size() * call;
        double stretch = rest > 0 ? (several.median() - call) / rest : 1;
        return new StageTimes(Timing.exactly(call),
                singles.stream().map(single -> single.without(call).times(Math.max(0, stretch))).toList(), embedding);
    }
}
