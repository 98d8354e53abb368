package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.guestd.Report;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A guestd as it is in production: a process of its own, of named modules, without capabilities, with hostd's
/// connection as descriptor 3.
final class GuestdProcess implements AutoCloseable {
    private static final String CONNECT_AND_BECOME = """
            import os, socket, sys
            s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            s.connect(sys.argv[1])
            os.environ.update(LISTEN_FDS="1", LISTEN_FDNAMES="connection", LISTEN_PID=str(os.getpid()))
            if s.fileno() == 3:
                os.set_inheritable(3, True)
            else:
                os.dup2(s.fileno(), 3)
            os.execvp(sys.argv[2], sys.argv[2:])
            """;

    /// Without a capability, as its unit has it.
    static final List<String> UNPRIVILEGED =
            List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs");

    private final Process process;
    private final PacketSocket hostd;
    private final CompletableFuture<String> output;

    /// @param folder for the socket
    /// @param before words of the command in front of `java`
    @MustBeClosed
    GuestdProcess(Path folder, List<String> before) throws Exception {
        try (var directory = Directory.open(folder);
                var listener = PacketListener.in(directory, "guestd.sock");
                var stop = new WakeUp()) {
            var command = new ArrayList<>(List.of(
                    "python3",
                    "-c",
                    CONNECT_AND_BECOME,
                    folder.resolve("guestd.sock").toString()));
            command.addAll(before);
            command.addAll(java());
            this.process = new ProcessBuilder(command).redirectErrorStream(true).start();
            this.output = CompletableFuture.supplyAsync(this::read);
            var watch = process.onExit().thenRun(() -> signal(stop)); // the end of the process ends the wait
            this.hostd = PacketSocket.own(listener.accept(stop).orElseThrow());
            watch.cancel(false);
        }
    }

    /// The command line of the unit, with this build's classes.
    private static List<String> java() {
        var modules = Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator, -1))
                .filter(entry -> entry.endsWith("/target/classes") || entry.matches(".*/(mvm|jackson)-[^/]*\\.jar"))
                .filter(entry -> !entry.matches(".*(mvm-property|verify/|mvm-testkit|-tests).*"))
                .collect(Collectors.joining(File.pathSeparator));
        return List.of(
                System.getProperty("java.home") + "/bin/java",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx56m",
                "-Xms4m",
                "-Xss256k",
                "-XX:ReservedCodeCacheSize=16m",
                "-XX:-UsePerfData",
                "-XX:+DisableAttachMechanism",
                "-XX:-HeapDumpOnOutOfMemoryError",
                "-XX:+ExitOnOutOfMemoryError",
                "--enable-native-access=dev.mvm.linux",
                "-p",
                modules,
                "-m",
                "dev.mvm.guestd/dev.mvm.guestd.Main");
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

    void send(byte[] packet, List<Fd> descriptors) throws IOException {
        hostd.send(packet, descriptors, Deadline.in(RunningGuestd.PATIENCE));
    }

    /// Returns its next report; fails with its output if it has ended.
    Report hear() throws Exception {
        try (var packet = hostd.receive(Report.MAX_BYTES, 0, Deadline.in(RunningGuestd.PATIENCE))
                .orElseThrow()) {
            return Report.parse(packet.bytes()).orElseThrow();
        } catch (ErrnoException e) {
            throw new AssertionError(output(), e);
        }
    }

    void hangUp() {
        hostd.close();
    }

    long pid() {
        return process.pid();
    }

    /// Its status, once it has ended by itself.
    int ends() throws InterruptedException {
        if (!process.waitFor(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
            throw new AssertionError("guestd does not end");
        }
        return process.exitValue();
    }

    /// Its output, once it has ended.
    String output() throws Exception {
        return output.get(RunningGuestd.PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    @Override
    public void close() {
        process.destroyForcibly();
        hostd.close();
    }
}
