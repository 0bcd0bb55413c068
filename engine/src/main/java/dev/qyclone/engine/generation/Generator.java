package dev.qyclone.engine.generation;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.sampler.Sampler;
import dev.qyclone.engine.tokens.TextStream;
import dev.qyclone.engine.tokens.Tokenizer;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Generates an answer token by token: logits of the session, a choice of the sampler, text of the tokenizer.
 *
 * <p>The last id chosen is not computed: nothing needs its logits yet. After an answer the session therefore holds the prompt
 * and the answer's ids but the last, and the next turn, whose prompt repeats them, computes that one together with what is new.
 * Prompt and answer together never exceed the session's context.
 */
public final class Generator {
    private final LogitsSource session;
    private final Tokenizer tokenizer;
    private final Sampler sampler;

    /** The sampler should be the session's own: it may keep a random state. */
    public Generator(Session session, Tokenizer tokenizer, Sampler sampler) {
        this((LogitsSource) session, tokenizer, sampler);
    }

    Generator(LogitsSource session, Tokenizer tokenizer, Sampler sampler) {
        this.session = session;
        this.tokenizer = tokenizer;
        this.sampler = sampler;
    }

    /**
     * Generates until an end token, a stop string, the limit, a full context or the caller's word. If the prompt's computation
     * is cancelled, the session keeps what it held of the prompt before.
     *
     * @throws EngineException CONTEXT_FULL before anything is computed, if the prompt is longer than the context; NON_FINITE
     */
    public GenerationResult generate(GenerationRequest request, GenerationListener listener) {
        int[] prompt = request.prompt();
        requireFits(prompt.length);
        Answer answer = new Answer(request, prompt, listener);
        return answer.result(answer.run());
    }

    private void requireFits(int promptTokens) {
        if (promptTokens > session.context()) {
            throw new EngineException(ErrorCode.CONTEXT_FULL, "the prompt is longer than the context")
                    .expected("at most " + session.context() + " tokens").got(promptTokens)
                    .remedy("raise --ctx if the model allows it, or shorten the prompt");
        }
    }

    /** One answer in the making. */
    private final class Answer {
        private final GenerationRequest request;
        private final GenerationListener listener;
        private final int[] ids; // prompt, then output
        private final int prompt;
        private final int[] endTokens; // ascending
        private final AnswerText text;
        private final long start = System.nanoTime();
        private int length;
        private int reused;
        private float[] logits; // (vocab), a copy: the sampler may overwrite it, and the session's own stay true
        private long prefilled = start;
        private long firstToken = start;
        private long lastToken = start;

        Answer(GenerationRequest request, int[] prompt, GenerationListener listener) {
            this.request = request;
            this.listener = listener;
            this.prompt = prompt.length;
            this.length = prompt.length;
            this.ids = Arrays.copyOf(prompt, prompt.length + Math.min(request.maxTokens(), session.context() - prompt.length));
            this.endTokens = request.ignoreEndTokens()
                    ? new int[0]
                    : Stream.concat(request.moreEndTokens().stream(), tokenizer.endTokens().stream())
                            .mapToInt(Integer::intValue).sorted().toArray();
            this.text = new AnswerText(new TextStream(tokenizer), request.stopStrings(), listener);
        }

        FinishReason run() {
            try {
                prefill();
            } catch (PrefillCancelled e) {
                return FinishReason.CANCELLED;
            }
            while (true) {
                if (request.cancelled().getAsBoolean()) {
                    return FinishReason.CANCELLED;
                }
                if (length == ids.length) {
                    return FinishReason.LENGTH;
                }
                int id = next();
                if (Arrays.binarySearch(endTokens, id) >= 0) {
                    return FinishReason.END_TOKEN;
                }
                if (text.add(id)) {
                    return FinishReason.STOP_STRING;
                }
            }
        }

        private void prefill() {
            if (request.cancelled().getAsBoolean()) {
                throw new PrefillCancelled();
            }
            reused = session.continueWith(Arrays.copyOf(ids, prompt), (done, total) -> {
                listener.prefill(done, total);
                if (done < total && request.cancelled().getAsBoolean()) {
                    throw new PrefillCancelled();
                }
            });
            logits = new float[session.logits().length];
            prefilled = System.nanoTime();
        }

        private int next() {
            int id = choose();
            ids[length++] = id;
            lastToken = System.nanoTime();
            if (length == prompt + 1) {
                firstToken = lastToken;
            }
            listener.token(id);
            return id;
        }

        private int choose() {
            if (length > prompt && sampler.takesLargest()) {
                return session.appendForLargest(ids[length - 1]);
            }
            if (length > prompt) {
                session.append(ids[length - 1]);
            }
            System.arraycopy(session.logits(), 0, logits, 0, logits.length);
            return sampler.sample(logits, ids, prompt, length);
        }

        GenerationResult result(FinishReason reason) {
            return new GenerationResult(text.finish(), Arrays.copyOfRange(ids, prompt, length), reason, prompt, reused,
                    prefilled - start, firstToken - start, lastToken - firstToken);
        }
    }

    /** Leaves a prefill on the caller's word; the session then forgets what it had begun. */
    private static final class PrefillCancelled extends RuntimeException {
        PrefillCancelled() {
            super(null, null, false, false);
        }
    }
}
