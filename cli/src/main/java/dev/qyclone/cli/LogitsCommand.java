package dev.qyclone.cli;

import dev.qyclone.engine.generation.Session;
import java.util.Locale;
import java.util.stream.IntStream;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** What the model thinks of every token after a prompt. */
@Command(
        name = "logits",
        header = "Print the logits after a prompt of token ids.",
        footer = {"", "Example:", "  qyclone logits -m model.gguf --ids 1,2,3 --chunk 2 --device cpu:scalar --json"})
final class LogitsCommand implements Runnable {
    private static final int SHOWN = 10;

    private final Streams streams;
    private final BackendSource source;

    @Mixin
    private ModelOption model;
    @Mixin
    private IdsOption prompt;
    @ArgGroup(validate = false, heading = EngineOptions.HEADING, order = 30)
    private EngineOptions options = new EngineOptions();
    @ArgGroup(validate = false, heading = AttentionOptions.HEADING, order = 40)
    private AttentionOptions attention = new AttentionOptions();

    @Option(names = "--json", description = "Print {\"last_logits\":[...],\"argmax\":n}.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    LogitsCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        try (PlacedModel placed = options.open(model.path, attention, source, streams, spec); Session session = placed.newSession()) {
            float[] logits = session.append(prompt.ids.values(), Session.Progress.NONE);
            if (json) {
                streams.println(Json.object(fields -> {
                    fields.writeArrayFieldStart("last_logits");
                    for (float logit : logits) {
                        fields.writeNumber(logit);
                    }
                    fields.writeEndArray();
                    fields.writeNumberField("argmax", Greedy.argmax(logits));
                }));
                return;
            }
            StringBuilder table = new StringBuilder("the " + Math.min(SHOWN, logits.length) + " largest of " + logits.length + " logits\n");
            IntStream.range(0, logits.length).boxed().sorted((a, b) -> Float.compare(logits[b], logits[a])).limit(SHOWN)
                    .forEach(id -> table.append(String.format(Locale.ROOT, "%8d  %9.4f%n", id, logits[id])));
            streams.print(table.toString());
        }
    }
}
