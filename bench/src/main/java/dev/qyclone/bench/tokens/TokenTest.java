package dev.qyclone.bench.tokens;

/**
 * One thing to time, named as llama-bench names it: {@code pp512} computes a prompt, {@code tg128} writes ids one by one.
 *
 * @param prompt ids of the prompt, computed in as few calls as the batch allows; 0 where {@code gen} is timed
 * @param gen ids to write, greedily; 0 where {@code prompt} is timed
 * @param depth ids that the session holds before the clock starts
 */
public record TokenTest(int prompt, int gen, int depth) {
    public TokenTest {
        if (prompt < 0 || gen < 0 || depth < 0 || (prompt == 0) == (gen == 0)) {
            throw new IllegalArgumentException("prompt " + prompt + ", gen " + gen + ", depth " + depth);
        }
    }

    /** True if single tokens are timed, false if a prompt is. */
    public boolean decodes() {
        return gen > 0;
    }

    /** Ids that one session computes while the clock runs. */
    public int tokens() {
        return prompt + gen;
    }

    /** The same with at most so many ids. */
    TokenTest shortened(int most) {
        return new TokenTest(Math.min(prompt, most), Math.min(gen, most), depth);
    }

    /** Positions that a session needs. */
    public int positions() {
        return depth + tokens();
    }

    /** Such as {@code tg128 @ d512}. */
    public String name() {
        return (decodes() ? "tg" + gen : "pp" + prompt) + (depth == 0 ? "" : " @ d" + depth);
    }
}
