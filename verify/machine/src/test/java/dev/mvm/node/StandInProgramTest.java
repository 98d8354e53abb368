package dev.mvm.node;

import dev.mvm.model.FirecrackerVersion;
import dev.mvm.testkit.firecracker.FirecrackerContract;
import dev.mvm.testkit.firecracker.Jail;
import dev.mvm.testkit.firecracker.VmmProcess;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;

/// The program that stands in for Firecracker on a hardened node does what the real one does.
final class StandInProgramTest extends FirecrackerContract {
    private static final String API_SOCKET = "/io/api.sock";

    @Override
    protected FirecrackerVersion version() {
        return FirecrackerVersion.parse("1.16.1");
    }

    /// The script that starts it makes the files.
    @Override
    protected Jail prepare(Path root) {
        return new Jail(root);
    }

    @Override
    protected VmmProcess start(Jail jail) throws IOException {
        var script = Inputs.repository().resolve("verify/firecracker-stub/test/jail.sh");
        var process = new ProcessBuilder(
                        "bash",
                        script.toString(),
                        jail.root().toString(),
                        Inputs.standIn().toString(),
                        "--without-kvm",
                        "--api-sock",
                        API_SOCKET)
                .redirectErrorStream(true)
                .start();
        var out = new Started(process, jail);
        awaitLog(process);
        return out;
    }

    /// Reads up to the line that comes when the API socket listens, and lets somebody else read on.
    private static void awaitLog(Process process) throws IOException {
        var log = process.inputReader();
        for (var line = log.readLine(); line != null; line = log.readLine()) {
            if (line.contains("Listening on API socket")) {
                Thread.ofVirtual().name("log of the VMM").start(() -> readOn(log));
                return;
            }
        }
        throw new IOException("it ended before it listened");
    }

    private static void readOn(BufferedReader log) {
        try (log) {
            log.transferTo(Writer.nullWriter());
        } catch (IOException e) {
            return; // the process was killed
        }
    }

    private record Started(Process process, Jail jail) implements VmmProcess {
        @Override
        public Path apiSocket() {
            return jail.outside(API_SOCKET);
        }

        @Override
        public CompletableFuture<Integer> exit() {
            return process.onExit().thenApply(Process::exitValue);
        }

        @Override
        public void kill() {
            process.destroyForcibly();
        }

        @Override
        public void close() {
            kill();
        }
    }
}
