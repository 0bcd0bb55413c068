package dev.qyclone.cli;

import dev.qyclone.engine.chat.Answer;
import dev.qyclone.engine.chat.ChatEncoder;
import dev.qyclone.engine.chat.ChatMessage;
import dev.qyclone.engine.chat.ChatTemplate;
import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.FinishReason;
import dev.qyclone.engine.generation.GenerationListener;
import dev.qyclone.engine.generation.GenerationRequest;
import dev.qyclone.engine.generation.GenerationResult;
import dev.qyclone.engine.generation.Generator;
import dev.qyclone.engine.sampler.Sampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/** The messages of a chat, and the session that holds their keys and values: each turn computes only what is new. */
final class Conversation {
    private final OpenModel open;
    private final ChatEncoder encoder;
    private final Generator generator;
    private final List<String> stops;
    private final int maxTokens;
    private final List<ChatMessage> messages = new ArrayList<>();
    private final List<Answer> answers = new ArrayList<>();
    private RunStatistics last;

    /** @param system the system prompt, or null for the template's own */
    Conversation(OpenModel open, SamplingOptions sampling, int maxTokens, String system) {
        this.open = open;
        this.encoder = new ChatEncoder(ChatTemplate.of(open.engine().model().source()), open.engine().tokenizer());
        this.generator = new Generator(open.session(), open.engine().tokenizer(), Sampler.of(sampling.over(open.sampling())));
        this.stops = sampling.stops();
        this.maxTokens = maxTokens;
        system(system);
    }

    /** Starts anew with another system prompt; null for the template's own. */
    void system(String prompt) {
        messages.clear();
        answers.clear();
        if (prompt != null) {
            messages.add(ChatMessage.of("system", prompt));
        }
    }

    /** Forgets all but the system prompt, and gives back the memory of keys and values. */
    void reset() {
        messages.removeIf(message -> !message.role().equals("system"));
        answers.clear();
        open.session().reset();
    }

    /**
     * Takes a turn. An answer that was stopped stays as far as it came.
     *
     * @throws EngineException CONTEXT_FULL if the conversation has become too long, BAD_REQUEST if the
     *     template refuses it: it then is as before; so it is where a device fails, but for keys and values, which the next turn computes
     *     again
     */
    GenerationResult answer(String text, BooleanSupplier cancelled, GenerationListener listener) {
        int before = messages.size();
        messages.add(ChatMessage.of("user", text));
        try {
            int[] prompt = encoder.encode(messages, List.of(), true, answers);
            GenerationRequest request = GenerationRequest.of(prompt, maxTokens).withStopStrings(stops)
                    .withCancelled(cancelled);
            GenerationResult result = generator.generate(request, listener);
            messages.add(ChatMessage.of("assistant", result.text()));
            answers.add(new Answer(result.text(), written(result)));
            last = open.statistics(result);
            return result;
        } catch (EngineException e) {
            messages.subList(before, messages.size()).clear();
            if (e.code() != ErrorCode.CONTEXT_FULL && e.code() != ErrorCode.BAD_REQUEST) {
                open.session().reset();
            }
            throw e;
        } catch (RuntimeException e) {
            messages.subList(before, messages.size()).clear();
            throw e;
        }
    }

    private static int[] written(GenerationResult result) {
        boolean ended = result.reason() == FinishReason.END_TOKEN;
        return ended ? Arrays.copyOf(result.ids(), result.ids().length - 1) : result.ids();
    }

    /** What ended an answer that was cut off. */
    String limit() {
        boolean full = open.session().length() >= open.session().context() - 1;
        return full ? "the context of " + open.session().context() + " tokens is full; /reset starts anew" : "-n " + maxTokens;
    }

    /** The end line of the last answer, and how full the context is. */
    String statistics() {
        String context = "context " + open.session().length() + " of " + open.session().context() + " tokens";
        return last == null ? "no answer yet | " + context : last.line() + " | " + context;
    }
}
