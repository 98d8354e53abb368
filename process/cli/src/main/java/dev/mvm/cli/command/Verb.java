package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A verb of the command line. Returns the exit status.
abstract class Verb implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /// Runs the verb.
    ///
    /// @return the exit status
    /// @throws Failure if the work was refused or failed
    abstract int run() throws Failure, IOException;

    @Override
    public final Integer call() throws Failure, IOException {
        return run();
    }

    Context context() {
        return ((Root) spec.root().userObject()).context();
    }

    /// Returns the command with all its nouns.
    CommandLine root() {
        return spec.root().commandLine();
    }

    /// Returns an error of usage, which ends the process with status 2.
    ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /// Makes a value from an argument. An `IllegalArgumentException` of `reading` becomes an error of usage.
    <T> T argument(String text, Reading<T> reading) {
        try {
            return reading.of(text);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    /// Makes a value from text; throws `IllegalArgumentException` if the text is invalid.
    @FunctionalInterface
    interface Reading<T> {
        T of(String text);
    }
}
