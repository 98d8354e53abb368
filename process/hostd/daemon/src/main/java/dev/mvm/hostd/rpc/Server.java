package dev.mvm.hostd.rpc;

import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.protocol.hostd.ReplyWriter;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;

/// Accepts connections of the agent and gives each a platform thread of its own: they are few, and a blocking read
/// on a platform thread is the fastest round trip that Java has.
public final class Server {
    private static final int CONNECTIONS = 64;
    private static final long STACK_BYTES = 256 * 1024;

    private final UnixListener listener;
    private final PeerCheck peers;
    private final Answering answering;
    private final Semaphore places = new Semaphore(CONNECTIONS);
    private final Turn turn = new Turn(new Semaphore(1, true), new ReplyWriter());
    private final Set<UnixStream> open = ConcurrentHashMap.newKeySet();

    public Server(UnixListener listener, PeerCheck peers, Answering answering) {
        this.listener = listener;
        this.peers = peers;
        this.answering = answering;
    }

    /// Serves until `stop` is signalled, then closes what is open.
    public void run(WakeUp stop) throws ErrnoException {
        for (Optional<Fd> next = listener.accept(stop); next.isPresent(); next = listener.accept(stop)) {
            var stream = UnixStream.own(next.get());
            var complaint = peers.complaint(stream);
            if (complaint.isPresent()) {
                refuse(stream, "wrong_peer", complaint.get());
            } else if (!places.tryAcquire()) {
                refuse(stream, "too_many_connections", "there are " + CONNECTIONS + " already");
            } else {
                serve(stream);
            }
        }
        for (var stream : open) {
            stream.shutdown();
        }
    }

    private void refuse(UnixStream stream, String reason, String detail) {
        answering.log().accept("connection refused: " + detail);
        answering.host().refused("connect", reason, detail);
        stream.close();
    }

    private void serve(UnixStream stream) {
        open.add(stream);
        Thread.ofPlatform().name("agent").daemon().stackSize(STACK_BYTES).start(() -> {
            try {
                new AgentConnection(stream, answering, turn).run();
            } finally {
                open.remove(stream);
                stream.close();
                places.release();
            }
        });
    }
}
