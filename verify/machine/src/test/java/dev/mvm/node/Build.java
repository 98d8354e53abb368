package dev.mvm.node;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/// A run of packaging/guest-image/build, or of the script that builds on it.
///
/// @param status its exit status
/// @param out what it printed
/// @param err what it complained about
record Build(int status, String out, String err) {
    /// An image with the given inputs into `folder`.
    static Build of(Path busybox, Path agent, Path folder, Path... worker) throws IOException, InterruptedException {
        return run(
                folder.getParent(),
                Map.of(),
                "022",
                command(Inputs.kernelPackage(), busybox, agent, folder, List.of(worker)));
    }

    /// The same with surroundings of the caller's choice.
    static Build elsewhere(Path directory, Map<String, String> environment, String umask, Path folder)
            throws IOException, InterruptedException {
        return run(
                directory,
                environment,
                umask,
                command(Inputs.kernelPackage(), Inputs.busybox(), Inputs.agent(), folder, List.of()));
    }

    /// With arguments as they are.
    static Build with(Path directory, String... arguments) throws IOException, InterruptedException {
        var command = new ArrayList<>(List.of(script()));
        command.addAll(List.of(arguments));
        return run(directory, Map.of(), "022", command);
    }

    /// The image in `image` as the guest of itself.
    static Build nested(Path image, Path folder) throws IOException, InterruptedException {
        var script = Inputs.repository().resolve("verify/machine/nested/build");
        var command =
                List.of(script.toString(), Inputs.kernelPackage().toString(), image.toString(), folder.toString());
        return run(folder.getParent(), Map.of(), "022", command);
    }

    private static String script() {
        return Inputs.repository().resolve("packaging/guest-image/build").toString();
    }

    private static List<String> command(Path kernel, Path busybox, Path agent, Path folder, List<Path> more) {
        var command = new ArrayList<>(
                List.of(script(), kernel.toString(), busybox.toString(), agent.toString(), folder.toString()));
        more.forEach(path -> command.add(path.toString()));
        return command;
    }

    private static Build run(Path directory, Map<String, String> environment, String umask, List<String> command)
            throws IOException, InterruptedException {
        var out = Files.createTempFile(directory, "out", "");
        var err = Files.createTempFile(directory, "err", "");
        var shell = new ArrayList<>(List.of("sh", "-c", "umask " + umask + " && exec \"$@\"", "sh"));
        shell.addAll(command);
        var builder = new ProcessBuilder(shell)
                .directory(directory.toFile())
                .redirectOutput(out.toFile())
                .redirectError(err.toFile());
        builder.environment().putAll(environment);
        var process = builder.start();
        try {
            if (!process.waitFor(300, TimeUnit.SECONDS)) {
                throw new AssertionError("the image is not built after five minutes");
            }
            return new Build(process.exitValue(), Files.readString(out, UTF_8), Files.readString(err, UTF_8));
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
    }
}
