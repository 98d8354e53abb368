package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A sealer as it is in production: a process of its own, of named modules, without capabilities, with a connection
/// as standard input or as descriptor 3.
final class SealerProcess implements AutoCloseable {
    private static final String CONNECT_AND_BECOME = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.connect(sys.argv[1])
            if sys.argv[2] == "3":
                os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="connection", LISTEN_PID=str(os.getpid()))
            at = int(sys.argv[2])
            if s.fileno() == at:
                os.set_inheritable(at, True)
            else:
                os.dup2(s.fileno(), at)
            os.execvp(sys.argv[3], sys.argv[3:])
            """;

    /// Without a capability, as its unit has it.
    static final List<String> UNPRIVILEGED =
            List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs");

    private final Process process;
    private final PacketSocket socket;
    private final CompletableFuture<String> output;
    private Optional<Fd> returned = Optional.empty();

    /// @param folder for the socket
    /// @param descriptor 0 or 3: where the process finds its connection
    /// @param before words of the command in front of `java`
    @MustBeClosed
    SealerProcess(Path folder, int descriptor, List<String> before) throws Exception {
        var path = folder.resolve("sealer.sock");
        Files.deleteIfExists(path);
        try (var directory = Directory.open(folder);
                var listener = PacketListener.in(directory, "sealer.sock");
                var stop = new WakeUp()) {
            var command =
                    new ArrayList<>(List.of("python3", "-c", CONNECT_AND_BECOME, path.toString(), "" + descriptor));
            command.addAll(before);
            command.addAll(java());
            this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
            this.output = CompletableFuture.supplyAsync(this::read);
            var watch = process.onExit().thenRun(() -> signal(stop)); // the end of the process ends the wait
            this.socket = PacketSocket.own(listener.accept(stop).orElseThrow());
            watch.cancel(false);
        }
    }

    /// The command line of dev mode and of the unit, with this build's classes.
    static List<String> java() {
        var modules = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith("/target/classes") || entry.matches(".*/(mvm|jackson)-[^/]*\\.jar"))
                .filter(entry -> !entry.contains("mvm-property"))
                .collect(Collectors.joining(File.pathSeparator));
        return List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism",
                "-XX:-HeapDumpOnOutOfMemoryError",
                "-Xss512k",
                "-Xmx32m",
                "-Xms8m",
                "-Xmn2m",
                "-XX:CompileCommand=quiet",
                "-XX:CompileCommand=inline,jdk.internal.foreign.AbstractMemorySegmentImpl::equals",
                "-XX:CompileCommand=inline,jdk.internal.foreign.abi.SharedUtils::checkNative",
                "--enable-native-access=dev.mvm.linux",
                "-p",
                modules,
                "-m",
                "dev.mvm.sealer/dev.mvm.sealer.Main");
    }

    private static void signal(WakeUp stop) {
        try {
            stop.signal();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read() {
        try (var in = process.getInputStream()) {
            return new String(in.readAllBytes(), UTF_8);
        } catch (IOException e) {
            return e.toString();
        }
    }

    void say(byte[] packet, List<Fd> descriptors) throws IOException {
        socket.send(packet, descriptors, Deadline.in(Exchange.PATIENCE));
    }

    /// The next answer, or `hung up`.
    String hears() throws IOException {
        try (var packet = socket.receive(256, 1, Deadline.in(Exchange.PATIENCE)).orElse(null)) {
            if (packet == null) {
                return "hung up";
            }
            returned = packet.descriptors().stream().map(Fd::move).findFirst();
            return new String(packet.bytes(), US_ASCII);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPIPE || e.errno() == 104) {
                return "hung up";
            }
            throw e;
        }
    }

    /// The descriptor that came with the last answer; the caller's to close.
    Optional<Fd> returned() {
        return returned;
    }

    void kill() {
        process.destroyForcibly();
    }

    void hangUp() {
        socket.close();
    }

    /// Its status, once it has ended by itself.
    int ends() throws InterruptedException {
        if (!process.waitFor(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("the sealer does not end");
        }
        return process.exitValue();
    }

    /// Its output, once it has ended.
    String output() throws Exception {
        return output.get(Exchange.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    boolean hasEnded() {
        return !process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    @Override
    public void close() {
        process.destroyForcibly();
        socket.close();
    }
}
