package dev.qyclone.cli;

import com.fasterxml.jackson.core.JsonGenerator;
import dev.qyclone.engine.model.AttentionConfig;
import dev.qyclone.engine.model.ModelConfig;
import dev.qyclone.engine.model.RopeScaling;
import dev.qyclone.engine.stage.AttentionPolicies;
import dev.qyclone.engine.stage.AttentionPolicy;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** How the layers of a model see positions, told in words and in JSON. */
final class AttentionWords {
    private final AttentionConfig attention;
    private final List<Run> runs = new ArrayList<>();

    /** Neighbouring layers with the same words. */
    private record Run(int first, int last, String words) {
        @Override
        public String toString() {
            return (first == last ? "layer " + first : "layers " + first + "-" + last) + ": " + words;
        }
    }

    private AttentionWords(ModelConfig config) {
        this.attention = config.attention();
        List<AttentionPolicy> policies = new AttentionPolicies(config).forPrompt(1);
        for (int layer = 0; layer < policies.size(); layer++) {
            String words = policies.get(layer).words();
            boolean continues = !runs.isEmpty() && runs.getLast().words.equals(words);
            int first = continues ? runs.removeLast().first : layer;
            runs.add(new Run(first, layer, words));
        }
    }

    static AttentionWords of(ModelConfig config) {
        return new AttentionWords(config);
    }

    /** A line for each run of layers that see alike, and one for what depends on the prompt. */
    List<String> lines() {
        List<String> lines = new ArrayList<>(runs.stream().map(Run::toString).toList());
        if (attention.scaling() instanceof RopeScaling.DynamicNtk ntk) {
            lines.add("dynamic NTK: the rotary base grows with prompts of more than " + ntk.trainedLength() + " tokens");
        }
        return lines;
    }

    /** The fields {@code attention}, {@code logNLength}, and {@code ropeScaling} and {@code dualChunks} where there are any. */
    void write(JsonGenerator fields) throws IOException {
        fields.writeArrayFieldStart("attention");
        for (Run run : runs) {
            fields.writeStartObject();
            fields.writeNumberField("firstLayer", run.first);
            fields.writeNumberField("lastLayer", run.last);
            fields.writeNumberField("window", attention.window(run.first));
            fields.writeStringField("words", run.words);
            fields.writeEndObject();
        }
        fields.writeEndArray();
        switch (attention.scaling()) {
            case RopeScaling.None none -> { }
            case RopeScaling.DynamicNtk ntk -> {
                fields.writeObjectFieldStart("ropeScaling");
                fields.writeStringField("type", "dynamic NTK");
                fields.writeNumberField("trainedLength", ntk.trainedLength());
                fields.writeEndObject();
            }
            case RopeScaling.Yarn yarn -> {
                fields.writeObjectFieldStart("ropeScaling");
                fields.writeStringField("type", "YaRN");
                fields.writeNumberField("factor", yarn.factor());
                fields.writeNumberField("originalContext", yarn.originalContext());
                fields.writeNumberField("attentionFactor", yarn.temperature());
                fields.writeEndObject();
            }
        }
        fields.writeNumberField("logNLength", attention.logNLength());
        if (!attention.chunks().isNone()) {
            fields.writeObjectFieldStart("dualChunks");
            fields.writeNumberField("chunkSize", attention.chunks().chunkSize());
            fields.writeNumberField("localSize", attention.chunks().localSize());
            fields.writeNumberField("originalContext", attention.chunks().originalContext());
            fields.writeBooleanField("paper", attention.chunks().paper());
            fields.writeEndObject();
        }
    }
}
