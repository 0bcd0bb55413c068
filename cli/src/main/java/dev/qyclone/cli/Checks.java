package dev.qyclone.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** Values of options that a type alone cannot refuse. */
final class Checks {
    private Checks() {
    }

    /** @throws ParameterException with a line that names the option */
    static int atLeast(int least, int value, String option, CommandSpec spec) {
        if (value < least) {
            throw wrong(option + " must be at least " + least + ", not " + value, spec);
        }
        return value;
    }

    static ParameterException wrong(String message, CommandSpec spec) {
        return new ParameterException(spec.commandLine(), message);
    }
}
