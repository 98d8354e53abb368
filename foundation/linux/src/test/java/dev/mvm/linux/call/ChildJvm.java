package dev.mvm.linux.call;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/// A JVM of its own for what cannot be undone in this one.
public final class ChildJvm {
    private static final long PATIENCE_SECONDS = 300;

    private ChildJvm() {}

    /// Exit status and output.
    ///
    /// @param exit 128 and the number of the signal, if one ended it
    public record Result(int exit, String output) {}

    /// Runs `main` on a class path of this module's classes and its tests', with native access.
    public static Result run(Class<?> main, String... args) throws IOException, InterruptedException {
        var classPath = location(Library.class) + ":" + location(ChildJvm.class);
        var command = new ArrayList<>(List.of("-cp", classPath, "--enable-native-access=ALL-UNNAMED", main.getName()));
        command.addAll(List.of(args));
        return run(command);
    }

    /// Runs `java` with these arguments.
    public static Result run(List<String> arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(
                System.getProperty("java.home") + "/bin/java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:-UsePerfData"));
        command.addAll(arguments);
        var process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try (var _ = process.getOutputStream();
                var _ = process.getErrorStream();
                var input = process.getInputStream()) {
            var output = CompletableFuture.supplyAsync(() -> {
                try {
                    return new String(input.readAllBytes(), UTF_8);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
            if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("the child does not end");
            }
            return new Result(process.exitValue(), output.join());
        } finally {
            process.destroyForcibly();
        }
    }

    /// Folder of the class files.
    public static String location(Class<?> type) {
        return type.getProtectionDomain().getCodeSource().getLocation().getPath();
    }
}
