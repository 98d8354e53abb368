package dev.mvm.hostd.snapshot;

import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.sealer.SealReply;
import java.io.IOException;
import java.time.Duration;
import java.util.List;

/// A connection to a sealer, which exits after one snapshot.
public final class Sealer implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    /// Limit for all of a guest's memory on a slow disk.
    private static final Duration WHOLE = Duration.ofMinutes(30);

    /// Limit for the reply to [#stop], which an honest sealer sends at once.
    private static final Duration LAST_WORD = Duration.ofSeconds(5);

    /// Takes a descriptor that a sealer returns, and owns it from then on.
    @FunctionalInterface
    public interface Returning {
        void returned(Fd descriptor) throws StepException;
    }

    private final PacketSocket socket;
    private final Returning returning;

    /// Takes over `socket`.
    public Sealer(PacketSocket socket, Returning returning) {
        this.socket = socket;
        this.returning = returning;
    }

    public PacketSocket socket() {
        return socket;
    }

    /// Tells the sealer to use an authentic snapshot, or that the VMM has written its files.
    void go() throws ErrnoException {
        socket.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
    }

    /// Interrupts the sealer. No-op if it has exited: its last reply can still be received.
    public void stop() throws ErrnoException {
        try {
            socket.send(SealReply.stop(), List.of(), Deadline.in(PATIENCE));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
                throw e;
            }
        }
    }

    /// Waits at most half an hour for the sealer's last reply.
    ///
    /// @throws StepException if it is not `wanted`
    public <T extends SealReply> T last(Class<T> wanted) throws IOException, StepException {
        return reply(WHOLE, wanted);
    }

    /// Waits at most a minute for a reply.
    ///
    /// @throws StepException if it is not `wanted`
    <T extends SealReply> T reply(Class<T> wanted) throws IOException, StepException {
        return reply(PATIENCE, wanted);
    }

    private <T extends SealReply> T reply(Duration patience, Class<T> wanted) throws IOException, StepException {
        try (var packet = socket.receive(SealReply.MAX_BYTES, 1, Deadline.in(patience))
                .orElseThrow(() -> new StepException("sealer", "it exited without a reply, or was interrupted"))) {
            for (var descriptor : packet.descriptors()) {
                returning.returned(descriptor.move());
            }
            var reply = SealReply.parse(packet.bytes());
            if (wanted.isInstance(reply)) {
                return wanted.cast(reply);
            }
            throw reply instanceof SealReply.Refused refused
                    ? refusal(refused)
                    : new StepException("sealer", "unexpected reply " + reply);
        }
    }

    /// Returns the sealer's refusal if that is the cause of a VMM's failure; otherwise that failure.
    StepException cause(StepException failure) {
        try {
            stop();
            var refused = reply(LAST_WORD, SealReply.Refused.class);
            return refused.code().equals("stopped") ? failure : refusal(refused);
        } catch (IOException e) {
            return failure; // a sealer that says nothing may be why, and is not waited for
        } catch (StepException e) {
            return e;
        }
    }

    private static StepException refusal(SealReply.Refused refused) {
        return new StepException("snapshot_" + refused.code(), "by the sealer");
    }

    @Override
    public void close() {
        socket.close();
    }
}
