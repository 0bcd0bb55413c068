package dev.qyclone.profiles;

/** Which layers of a model a rule is for, whatever number of layers the model has. */
public sealed interface LayerRange {
    /** True if layer {@code layer} of {@code layers} is meant. */
    boolean contains(int layer, int layers);

    /** Every layer. */
    record All() implements LayerRange {
        @Override
        public boolean contains(int layer, int layers) {
            return true;
        }

        @Override
        public String toString() {
            return "all";
        }
    }

    /** Layers first to last, both included, counted from 0. */
    record Layers(int first, int last) implements LayerRange {
        public Layers {
            if (first < 0 || last < first) {
                throw new IllegalArgumentException("layers " + first + " to " + last);
            }
        }

        @Override
        public boolean contains(int layer, int layers) {
            return layer >= first && layer <= last;
        }

        @Override
        public String toString() {
            return first == last ? "" + first : first + "-" + last;
        }
    }

    /** A share of the layers, for models of any depth: from ⌊layers · from / 100⌋ up to, not including, ⌊layers · to / 100⌋. */
    record Share(int from, int to) implements LayerRange {
        public Share {
            if (from < 0 || to <= from || to > 100) {
                throw new IllegalArgumentException("shares " + from + "% to " + to + "%");
            }
        }

        @Override
        public boolean contains(int layer, int layers) {
            return layer >= (long) layers * from / 100 && layer < (long) layers * to / 100;
        }

        @Override
        public String toString() {
            return from + "%-" + to + "%";
        }
    }
}
