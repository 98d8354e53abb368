package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.cli.terminal.Output;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.file.Path;

/// A command line that was run, and what came of it.
record CommandRun(int status, String out, String err) {
    static CommandRun of(Path settings, String... words) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        var realErr = System.err;
        System.setErr(new PrintStream(err, true, UTF_8));
        try {
            int status = Main.run(words, new Output(new PrintStream(out, true, UTF_8), false), settings);
            return new CommandRun(status, out.toString(UTF_8), err.toString(UTF_8));
        } finally {
            System.setErr(realErr);
        }
    }
}
