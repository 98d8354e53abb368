package dev.mvm.cli;

import dev.mvm.cli.command.Context;
import dev.mvm.cli.command.Root;
import dev.mvm.cli.failure.Failure;
import dev.mvm.cli.terminal.Output;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import picocli.CommandLine;

/// Entry of the `mvm` command.
public final class Main {
    private static final int REFUSED_OR_FAILED = 1;
    private static final int WRONG_USAGE = 2;

    /// picocli's message about a noun without a verb, and about no noun at all.
    private static final String NO_VERB = "Missing required subcommand";

    private Main() {}

    public static void main(String[] args) {
        int status = run(args, Output.standard(), settingsFile());
        System.out.flush();
        System.exit(status);
    }

    /// Runs one command line and returns its exit status.
    public static int run(String[] args, Output output, Path settingsFile) {
        var words = Root.current(args);
        try (var context = new Context(output, settingsFile)) {
            return Root.of(context, words)
                    .setOut(output.writer())
                    .setExecutionStrategy(new CommandLine.RunLast())
                    .setParameterExceptionHandler((exception, arguments) -> wrongUsage(exception))
                    .setExecutionExceptionHandler((exception, commandLine, parsed) -> failed(exception))
                    .execute(words);
        }
    }

    private static int wrongUsage(CommandLine.ParameterException exception) {
        var command = exception.getCommandLine();
        var name = command.getCommandSpec().qualifiedName(" ");
        complain(message(exception, name, !command.getSubcommands().isEmpty()) + " (see " + name + " --help)");
        return WRONG_USAGE;
    }

    /// Names a missing or unknown noun or verb, which picocli knows as arguments by number.
    private static String message(CommandLine.ParameterException exception, String command, boolean hasVerbs) {
        if (exception instanceof CommandLine.UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
            var word = unmatched.getUnmatched().getFirst();
            return hasVerbs ? "no such command: " + command + " " + word : "unexpected argument: " + word;
        }
        return hasVerbs && NO_VERB.equals(exception.getMessage())
                ? "incomplete command: " + command
                : String.valueOf(exception.getMessage());
    }

    private static int failed(Exception exception) throws Exception {
        if (exception instanceof Failure) {
            complain(String.valueOf(exception.getMessage()));
            return REFUSED_OR_FAILED;
        }
        if (exception instanceof IOException failure) {
            complain(message(failure));
            return REFUSED_OR_FAILED;
        }
        throw exception;
    }

    /// Explains a failed file operation; the JDK's own message is often no more than the file's name.
    private static String message(IOException failure) {
        return switch (failure) {
            case NoSuchFileException missing -> "no such file: " + missing.getFile();
            case AccessDeniedException denied -> "permission denied: " + denied.getFile();
            case FileAlreadyExistsException existing -> "file exists: " + existing.getFile();
            default -> "reading or writing failed: " + failure.getMessage();
        };
    }

    private static void complain(String message) {
        System.err.println("mvm: " + message.replace('\n', ' '));
    }

    private static Path settingsFile() {
        var named = System.getenv("MVM_CONFIG");
        return named == null || named.isEmpty()
                ? Path.of(System.getProperty("user.home"), ".config", "mvm", "cli.conf")
                : Path.of(named);
    }
}
