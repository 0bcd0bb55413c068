package dev.qyclone.cli;

import dev.qyclone.engine.error.EngineException;
import dev.qyclone.engine.error.ErrorCode;
import dev.qyclone.engine.generation.Session;
import java.util.Arrays;
import java.util.stream.Collectors;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Greedy generation on ids alone: for comparing with other engines. */
@Command(
        name = "generate-ids",
        header = "Print the greedy token ids after a prompt of token ids; end tokens do not stop it.",
        footer = {"", "Example:", "  qyclone generate-ids -m model.gguf --ids 1,2,3 -n 24 --json"})
final class GenerateIdsCommand implements Runnable {
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

    @Option(names = {"-n", "--max-tokens"}, required = true, paramLabel = "N", description = "How many ids to generate.")
    private int count;

    @Option(names = "--json", description = "Print {\"ids\":[...]}.")
    private boolean json;

    @Spec
    private CommandSpec spec;

    GenerateIdsCommand(Streams streams, BackendSource source) {
        this.streams = streams;
        this.source = source;
    }

    @Override
    public void run() {
        Checks.atLeast(0, count, "-n", spec);
        try (PlacedModel placed = options.open(model.path, attention, source, streams, spec)) {
            int[] ids = generate(placed);
            streams.println(json
                    ? Json.object(fields -> Json.ids(fields, "ids", ids))
                    : Arrays.stream(ids).mapToObj(Integer::toString).collect(Collectors.joining(",")));
        }
    }

    private int[] generate(PlacedModel placed) {
        try (Session session = placed.newSession()) {
            // The last id is not computed any further, so it needs no position.
            long positions = (long) prompt.ids.values().length + Math.max(0, count - 1);
            if (positions > session.context()) {
                throw new EngineException(ErrorCode.CONTEXT_FULL, "prompt and output do not fit into the context")
                        .expected("at most " + session.context() + " positions").got(positions).remedy("ask for less with -n");
            }
            return Greedy.continuation(session, prompt.ids.values(), count, Session.Progress.NONE);
        }
    }
}
