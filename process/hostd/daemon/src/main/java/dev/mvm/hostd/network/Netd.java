package dev.mvm.hostd.network;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.Packet;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.protocol.netd.NetdReply;
import dev.mvm.protocol.netd.NetdRequest;
import dev.mvm.protocol.netd.Parts;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The connection to netd, which the service manager starts for it. Without netd hostd cannot go on: what netd
/// has been told is lost with it. One that does not reply counts as one that has ended: it is unknown what it
/// will still do. Thread-safe.
public final class Netd {
    /// Limit for the start of a netd, and for a packet.
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Limit for a reply; others may be before it.
    private static final Duration REPLY = Duration.ofMinutes(10);

    /// A verification waits for frames, in each network.
    private static final Duration VERIFICATION = Duration.ofHours(2);

    private final PacketSocket netd;
    private final Consumer<String> ended;
    private final Map<Long, CompletableFuture<NetdReply>> waiting = new ConcurrentHashMap<>();

    @GuardedBy("this")
    private long last;

    @GuardedBy("this")
    private boolean over;

    private Netd(PacketSocket netd, Consumer<String> ended) {
        this.netd = netd;
        this.ended = ended;
    }

    /// Connects, which makes the service manager start a netd.
    ///
    /// @param ended takes the reason once no further reply will come
    @SuppressWarnings("MustBeClosedChecker") // as long as the process
    public static Netd connect(UnixAddress socket, Consumer<String> ended) throws ErrnoException {
        var netd = new Netd(PacketSocket.connect(socket, Deadline.in(PATIENCE)), ended);
        Thread.ofPlatform().name("netd").daemon().start(() -> netd.end(netd.read()));
        return netd;
    }

    /// Asks, and waits for the reply.
    ///
    /// @param request is made when its turn has come: netd keeps what the newest says
    /// @param handed goes with it, and stays its owner's
    /// @throws ErrnoException for [NetdReply.Failed], and ECONNRESET if no reply will come
    NetdReply ask(Supplier<NetdRequest> request, Fd... handed) throws IOException {
        var reply = new CompletableFuture<NetdReply>();
        var limit = send(reply, request, handed);
        try {
            if (reply.get(limit.toMillis(), TimeUnit.MILLISECONDS) instanceof NetdReply.Failed(int errno, var detail)) {
                throw new ErrnoException("netd", errno, detail);
            }
            return reply.resultNow();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new ErrnoException("netd", Errno.EINTR, "interrupted");
        } catch (ExecutionException | TimeoutException e) {
            end("it does not reply");
            throw new ErrnoException("netd", Errno.ECONNRESET, "it does not reply");
        }
    }

    /// @return how long to wait for the reply
    private synchronized Duration send(CompletableFuture<NetdReply> reply, Supplier<NetdRequest> request, Fd... handed)
            throws ErrnoException {
        if (over) {
            throw new ErrnoException("netd", Errno.ECONNRESET, "it has ended");
        }
        var made = request.get();
        waiting.put(++last, reply);
        try {
            var parts = Parts.of(last, made.text());
            for (var part : parts.subList(0, parts.size() - 1)) {
                netd.send(part, List.of(), Deadline.in(PATIENCE));
            }
            netd.send(parts.getLast(), List.of(handed), Deadline.in(PATIENCE));
        } catch (ErrnoException e) { // it may have a part
            end(String.valueOf(e.getMessage()));
            throw e;
        }
        return made instanceof NetdRequest.Verify ? VERIFICATION : REPLY;
    }

    /// Reads replies until netd hangs up or says something else.
    ///
    /// @return why there are no more
    private String read() {
        var parts = new Parts();
        try {
            for (var next = receive(); next.isPresent(); next = receive()) {
                try (var packet = next.get()) {
                    parts.add(packet.bytes()).ifPresent(whole -> {
                        var reply = NetdReply.parse(whole.text());
                        var asker = waiting.remove(whole.number());
                        if (asker != null) {
                            asker.complete(reply);
                        }
                    });
                }
            }
            return "it has ended";
        } catch (IOException | IllegalArgumentException e) {
            return String.valueOf(e.getMessage());
        }
    }

    /// Tells all that wait.
    private synchronized void end(String why) {
        over = true;
        waiting.values().forEach(reply -> reply.complete(new NetdReply.Failed(Errno.ECONNRESET, why)));
        ended.accept(why);
    }

    private Optional<Packet> receive() throws ErrnoException {
        return netd.receive(Parts.PACKET_BYTES, 0, Deadline.never());
    }
}
