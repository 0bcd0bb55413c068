package dev.qyclone.engine.tokens;

/** Which neighbouring tokens join, and in which order. Immutable. */
interface Merges {
    /** The rank of a pair that does not join. */
    int NEVER = Integer.MAX_VALUE;

    /** The rank of joining two neighbours; lower ranks join first. {@link #NEVER} if they do not join. */
    int rank(int left, int right);

    /** The token that the merge of this rank makes. */
    int result(int rank);

    /** tiktoken's form: a pair joins if its bytes together are a token, and the token's id is the rank. */
    record ByRank(Vocabulary vocabulary) implements Merges {
        @Override
        public int rank(int left, int right) {
            int id = vocabulary.findJoined(left, right);
            return id == Vocabulary.NONE ? NEVER : id;
        }

        @Override
        public int result(int rank) {
            return rank;
        }
    }
}
