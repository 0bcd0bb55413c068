package dev.qyclone.cli;

import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** Prints the script that teaches a shell to complete our options. */
@Command(
        name = CompletionCommand.NAME,
        header = "Print a completion script for bash and zsh.",
        footer = {"", "Example:", "  source <(qyclone completion)            # in bash or zsh"})
final class CompletionCommand implements Runnable {
    static final String NAME = "completion";

    private final Streams streams;

    @Spec
    private CommandSpec spec;

    CompletionCommand(Streams streams) {
        this.streams = streams;
    }

    @Override
    public void run() {
        streams.print(AutoComplete.bash("qyclone", spec.root().commandLine()));
    }
}
