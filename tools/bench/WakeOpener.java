import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.mount.DetachedFuse;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.sealer.SealReply;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/// A sealer, a process as a fleet starts it, that waits for its one request; this is in hostd's place.
final class WakeOpener implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final Duration SETTLING = Duration.ofMillis(300); // from its filter to its wait for a request

    private final Process process;
    private final PacketSocket connection;
    private final UnixListener faults;
    private final Fd device;
    private final Fd mount;

    /// @param dir for sockets: `faults` is where the VMM has to connect
    /// @param program of wake.c
    /// @param sealer its command line
    WakeOpener(Path dir, Path program, List<String> sealer) throws Exception {
        Files.deleteIfExists(dir.resolve("sealer"));
        Files.deleteIfExists(dir.resolve("faults"));
        this.device = Fd.open(Path.of("/dev/fuse"), OpenFlag.READ_WRITE);
        this.mount = DetachedFuse.mount(device, 0);
        try (var directory = Directory.open(dir);
                var listener = PacketListener.in(directory, "sealer");
                var stop = new WakeUp()) {
            this.faults = UnixListener.streams(directory, "faults", 0600);
            var command = new ArrayList<>(List.of(program.toString(), "serve", dir.resolve("sealer").toString()));
            command.addAll(List.of("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"));
            command.addAll(sealer);
            this.process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            this.connection = PacketSocket.own(listener.accept(stop).orElseThrow());
        }
        awaitReady();
    }

    /// It says nothing when it is ready. The last that it does before it waits is to filter its system calls.
    private void awaitReady() throws Exception {
        var tasks = Path.of("/proc/" + process.pid() + "/task");
        while (!isFiltered(tasks)) {
            if (!process.isAlive()) {
                throw new IllegalStateException("the sealer has ended");
            }
            Thread.sleep(10);
        }
        Thread.sleep(SETTLING);
    }

    private static boolean isFiltered(Path tasks) throws IOException {
        try (var all = Files.newDirectoryStream(tasks)) {
            for (var task : all) {
                if (status(task).contains("\nSeccomp:\t2\n")) {
                    return true;
                }
            }
        } catch (NoSuchFileException _) {
            return false; // the process has ended
        }
        return false;
    }

    /// Returns a thread's status, or nothing if the thread has ended: before its file is opened (ENOENT) or before it is read (ESRCH).
    private static String status(Path task) {
        try {
            return Files.readString(task.resolve("status"));
        } catch (IOException _) {
            return "";
        }
    }

    /// Asks for a snapshot and lets it go to the VMM.
    ///
    /// @return nanoseconds until it has found the snapshot authentic
    long open(WakeSnapshot snapshot) throws IOException {
        long begin;
        try (var keys = SecretMemory.allocate(WakeSnapshot.KEYS.length)) {
            keys.bytes().copyFrom(MemorySegment.ofArray(WakeSnapshot.KEYS));
            var descriptors = new ArrayList<>(List.of(keys.release()));
            descriptors.addAll(snapshot.files());
            descriptors.addAll(List.of(device, faults.fd(), Fd.inMemory())); // the last for the next working set
            begin = System.nanoTime();
            connection.send(snapshot.request(), descriptors, Deadline.in(PATIENCE));
            descriptors.forEach(Fd::close);
        }
        expect("authentic");
        long took = System.nanoTime() - begin;
        connection.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
        return took;
    }

    /// Waits until what the guest wants first is there.
    void awaitPaged() throws IOException {
        expect("paged");
    }

    /// Waits until all of the guest is there.
    void awaitOpened() throws IOException {
        expect("opened ");
    }

    private void expect(String word) throws IOException {
        try (var packet = connection.receive(256, 1, Deadline.in(PATIENCE)).orElseThrow()) {
            var answer = new String(packet.bytes(), StandardCharsets.US_ASCII);
            if (!answer.startsWith(word)) {
                throw new IllegalStateException("the sealer says " + answer);
            }
        }
    }

    @Override
    public void close() throws IOException {
        connection.close();
        process.destroyForcibly().onExit().join();
        faults.close();
        mount.close();
        device.close();
    }
}
