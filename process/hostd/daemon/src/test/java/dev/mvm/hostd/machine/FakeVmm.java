package dev.mvm.hostd.machine;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.ServiceSocket;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.namespace.NetworkNamespace;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.netd.Taps;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Semaphore;

/// A launcher and the VMM that its process becomes: a program in a jail, which answers nothing itself, and an API
/// socket in the VM's directory.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
final class FakeVmm implements AutoCloseable {
    /// One instruction: everything is allowed.
    private static final byte[] FILTER = {6, 0, 0, 0, 0, 0, (byte) 0xff, 0x7f};

    private static final int REQUEST_BYTES = 4096;
    private static final int REQUEST_DESCRIPTORS = 7;
    private static final int ANYONE = 0777;

    /// Parts of the jail that the next process goes without, by how their option begins.
    final Set<String> lacking = new TreeSet<>();

    /// Reply of the launcher in place of a process, if not empty.
    String refusal = "";

    /// The last request.
    volatile String request = "";

    /// Set if the VMM makes its API socket.
    boolean listens = true;

    /// Set if the VMM installs a filter of its own before it listens, as Firecracker does.
    boolean filtersItself = true;

    /// Run before hostd is told of the process, and when the process is to become the VMM.
    Runnable onReady = () -> {};

    Runnable onGo = () -> {};

    /// One for each connection to the launcher that hostd has closed.
    final Semaphore closedConnections = new Semaphore(0);

    private final Path folder;
    private final ServiceSocket launchers;
    private final WakeUp stop = new WakeUp();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private final List<Thread> answering = new ArrayList<>();
    private volatile Directory io;
    private volatile Process process;

    FakeVmm(Path folder) throws IOException {
        this.folder = Files.createDirectory(folder.resolve("launch"));
        Files.write(this.folder.resolve("filter"), FILTER);
        launchers = new ServiceSocket(this.folder, this::launch);
    }

    Path socket() {
        return launchers.path();
    }

    private void launch(PacketSocket hostd) throws Exception {
        try (var packet = hostd.receive(REQUEST_BYTES, REQUEST_DESCRIPTORS, Deadline.never())
                .orElseThrow()) {
            request = new String(packet.bytes(), US_ASCII);
            if (!refusal.isEmpty()) {
                hostd.send(refusal.getBytes(US_ASCII), List.of(), Deadline.never());
            } else {
                hold(newDirectory());
                try (var network = NetworkNamespace.create();
                        var tun = Taps.tun(network);
                        var route = Taps.route(network);
                        var pidfd = spawn()) {
                    onReady.run();
                    var ready =
                            "ready pid=" + process.pid() + " cgroup=" + Processes.NO_CGROUP + " fds=pidfd,io,tun,route";
                    hostd.send(ready.getBytes(US_ASCII), List.of(pidfd.fd(), io.fd(), tun, route), Deadline.never());
                }
            }
        }
        var go = hostd.receive(REQUEST_BYTES, 0, Deadline.never());
        if (go.isEmpty() && process != null) {
            kill();
        } else if (go.isPresent()) {
            onGo.run();
            if (listens) {
                install();
                listen();
            }
            hostd.receive(REQUEST_BYTES, 0, Deadline.never());
        }
        closedConnections.release();
    }

    /// Returns a directory in the place of the one that the launcher makes.
    Directory newDirectory() throws IOException {
        return Directory.open(Files.createTempDirectory(folder, "io"));
    }

    /// Makes the API socket in a VM's directory, which is taken over.
    void serve(Directory directory) throws ErrnoException {
        hold(directory);
        listen();
    }

    private void hold(Directory directory) {
        opened.add(directory);
        io = directory;
    }

    private void install() throws IOException {
        process.outputWriter().write("\n");
        process.outputWriter().flush();
        awaitWord();
    }

    private void awaitWord() throws IOException {
        var there = process.inputReader().readLine();
        if (!"there".equals(there)) {
            throw new AssertionError(there);
        }
    }

    private void listen() throws ErrnoException {
        var api = UnixListener.streams(io, "api.sock", ANYONE);
        opened.add(api);
        answering.add(Thread.ofPlatform().daemon().start(() -> {
            try {
                for (var next = api.accept(stop); next.isPresent(); next = api.accept(stop)) {
                    next.get().close();
                }
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        }));
    }

    /// Starts the program in its jail, and returns when it is there.
    Pidfd spawn() throws IOException {
        var jail = List.of(
                "--clear-groups",
                "--inh-caps=-all",
                "--bounding-set=-all",
                "--no-new-privs",
                "--seccomp-filter=" + folder.resolve("filter"));
        var command = new ArrayList<>(List.of("unshare", "--net", "setpriv"));
        // of a user namespace that an ordinary user made; user_namespaces(7). There no jail can drop groups.
        boolean keepsGroups =
                Files.readString(Path.of("/proc/self/setgroups")).strip().equals("deny");
        jail.stream()
                .filter(option -> lacking.stream().noneMatch(option::startsWith))
                .filter(option -> !keepsGroups || !option.equals("--clear-groups"))
                .forEach(command::add);
        command.addAll(List.of("sh", "-c", "echo there; read -r _; exec \"$@\"", "sh"));
        command.addAll(filtersItself ? List.of("setpriv", "--seccomp-filter=" + folder.resolve("filter")) : List.of());
        command.addAll(List.of("sh", "-c", "echo there; read -r _"));
        process = new ProcessBuilder(command).redirectErrorStream(true).start();
        awaitWord();
        return Pidfd.open((int) process.pid());
    }

    /// Ends the program.
    void kill() {
        process.destroyForcibly();
        awaitEnd();
    }

    /// Returns when the program, if there was one, has ended and its descriptors here are closed.
    void awaitEnd() {
        if (process == null) {
            return;
        }
        try {
            process.waitFor();
            process.getInputStream().close();
            process.getOutputStream().close();
        } catch (IOException | InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    boolean lives() {
        return process != null && process.isAlive();
    }

    /// A copy of the VM's directory.
    Fd directory() throws ErrnoException {
        return io.fd().duplicate();
    }

    /// The guest calls hostd.
    void dial() {
        try {
            opened.add(UnixStream.connect(io, "v.sock_1024", Deadline.never()));
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    /// Closes what stands for the VMM's own descriptors.
    void release() {
        try {
            stop.signal();
            for (var thread : answering) {
                thread.join();
            }
            answering.clear();
            var _ = stop.clear();
            for (var each : opened) {
                each.close();
            }
            opened.clear();
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }

    @Override
    public void close() throws IOException {
        if (process != null) {
            kill();
        }
        release();
        launchers.close();
        stop.close();
    }
}
