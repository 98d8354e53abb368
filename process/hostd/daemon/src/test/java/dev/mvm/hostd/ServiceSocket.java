package dev.mvm.hostd;

import dev.mvm.guestd.GuestSessions;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketListener;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.netd.NetdForTests;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/// A service manager that starts a guestd, a sealer, or what poses as one, on a thread for each connection.
@SuppressWarnings("MustBeClosedChecker") // closed by close()
public final class ServiceSocket implements AutoCloseable {
    private static final String NAME = "service.sock";

    /// Behaviour of one started process on its connection.
    @FunctionalInterface
    public interface Behaviour {
        void serve(PacketSocket hostd) throws Exception;
    }

    /// A real guestd.
    public static final Behaviour GUESTD = hostd -> new GuestSessions(hostd, _ -> {}).serve();

    /// A real netd, in the network namespace of the thread that makes the socket.
    public static final Behaviour NETD = NetdForTests::serve;

    public final List<PacketSocket> started = new CopyOnWriteArrayList<>();
    private final Path folder;
    private final Directory directory;
    private final UnixListener listener;
    private final WakeUp stop = new WakeUp();
    private final Thread accepting;
    private volatile Behaviour behaviour;

    public ServiceSocket(Path folder, Behaviour behaviour) throws ErrnoException {
        this.folder = folder;
        this.behaviour = behaviour;
        this.directory = Directory.open(folder);
        this.listener = PacketListener.in(directory, NAME);
        this.accepting = Thread.ofPlatform().daemon().start(this::accept);
    }

    /// For those that are started from now on.
    public void become(Behaviour next) {
        behaviour = next;
    }

    public Path path() {
        return folder.resolve(NAME);
    }

    public UnixAddress address() {
        return UnixAddress.at(path());
    }

    private void accept() {
        try {
            for (var next = listener.accept(stop); next.isPresent(); next = listener.accept(stop)) {
                var hostd = PacketSocket.own(next.get());
                var mine = behaviour;
                started.add(hostd);
                Thread.ofPlatform().daemon().start(() -> serve(mine, hostd));
            }
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }

    private static void serve(Behaviour behaviour, PacketSocket hostd) {
        try (hostd) {
            behaviour.serve(hostd);
        } catch (Exception e) {
            return; // as a process that ends
        }
    }

    @Override
    public void close() throws ErrnoException {
        stop.signal();
        try {
            accepting.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        for (var hostd : started) {
            hostd.shutdown();
        }
        listener.close();
        directory.close();
        stop.close();
    }
}
