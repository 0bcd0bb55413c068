package dev.qyclone.engine.generation;

import dev.qyclone.engine.sampler.GreedySampler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Logits that make a greedy sampler write a script, with the bookkeeping of a session. */
final class ScriptedLogits implements LogitsSource {
    private final int context;
    private final int vocab;
    private final int[] script;
    private final List<Integer> held = new ArrayList<>();
    private int prompt;
    private float[] logits;

    ScriptedLogits(int context, int vocab, int... script) {
        this.context = context;
        this.vocab = vocab;
        this.script = script;
    }

    /** The ids whose keys and values a session would hold. */
    List<Integer> held() {
        return held;
    }

    @Override
    public int context() {
        return context;
    }

    @Override
    public int continueWith(int[] whole, Session.Progress progress) {
        int common = 0;
        while (common < Math.min(held.size(), whole.length - 1) && held.get(common) == whole[common]) {
            common++;
        }
        held.subList(common, held.size()).clear();
        prompt = whole.length;
        append(Arrays.copyOfRange(whole, common, whole.length), progress);
        return common;
    }

    private float[] append(int[] more, Session.Progress progress) {
        int before = held.size();
        if (more.length > context - before) {
            throw new AssertionError("written out of bounds");
        }
        try {
            for (int i = 0; i < more.length; i++) {
                held.add(more[i]);
                progress.advanced(i + 1, more.length);
            }
        } catch (RuntimeException e) {
            held.subList(before, held.size()).clear();
            throw e;
        }
        logits = new float[vocab];
        int next = held.size() - prompt;
        if (next < script.length) {
            logits[script[next]] = 1;
        }
        return logits;
    }

    @Override
    public float[] append(int id) {
        return append(new int[] {id}, Session.Progress.NONE);
    }

    @Override
    public int appendForLargest(int id) {
        return GreedySampler.argmax(append(id));
    }

    @Override
    public float[] logits() {
        return logits;
    }
}
