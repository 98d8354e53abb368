package dev.mvm.cli.command;

import dev.mvm.cli.failure.Failure;
import java.io.IOException;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/// A verb of the command line. It returns the exit status; 0 unless it says otherwise.
abstract class Verb implements Callable<Integer> {
    @Spec
    private CommandSpec spec = CommandSpec.create();

    /// Does the work.
    ///
    /// @throws Failure to say in one line why it was not done
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

    /// The command line was wrong: exit status 2.
    ParameterException usage(String message) {
        return new ParameterException(spec.commandLine(), message);
    }

    /// A value made from an argument; what its constructor refuses is an error of usage.
    <T> T argument(String text, Reading<T> reading) {
        try {
            return reading.of(text);
        } catch (IllegalArgumentException e) {
            throw usage(String.valueOf(e.getMessage()));
        }
    }

    /// Makes a value from text.
    @FunctionalInterface
    interface Reading<T> {
        T of(String text);
    }
}
