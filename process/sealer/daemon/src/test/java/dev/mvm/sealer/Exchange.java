package dev.mvm.sealer;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Poll;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.socket.PacketSocket;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;

/// hostd's end of a connection to a sealer that is a thread of this process.
final class Exchange implements AutoCloseable {
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final PacketSocket socket;
    private final CompletableFuture<Void> sealer;
    private final AtomicBoolean wasEnded = new AtomicBoolean();
    private Optional<Fd> returned = Optional.empty();

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // closed by the sealer's thread, and by this
    Exchange() throws IOException {
        var pair = Sockets.pair(Sockets.PACKETS);
        this.socket = PacketSocket.own(pair.left());
        var theirs = PacketSocket.own(pair.right());
        this.sealer = CompletableFuture.runAsync(
                () -> {
                    try (theirs) {
                        new Sealer(new Libcrypto(), _ -> {}).serve(theirs, () -> wasEnded.set(true));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                },
                task -> Thread.ofPlatform().daemon().start(task));
    }

    void say(byte[] packet, List<Fd> descriptors) throws IOException {
        socket.send(packet, descriptors, Deadline.in(PATIENCE));
    }

    void say(String packet) throws IOException {
        say(packet.getBytes(US_ASCII), List.of());
    }

    /// The next answer, or `hung up`.
    String hears() throws IOException {
        try (var packet = socket.receive(256, 1, Deadline.in(PATIENCE)).orElse(null)) {
            if (packet == null) {
                return "hung up";
            }
            returned = packet.descriptors().stream().map(Fd::move).findFirst();
            return new String(packet.bytes(), US_ASCII);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EPIPE) {
                return "hung up";
            }
            throw e;
        }
    }

    /// The descriptor that came with the last answer.
    Optional<Fd> returned() {
        return returned;
    }

    /// Returns whether the sealer has sent a packet that was not read yet.
    boolean hasSaidMore() throws IOException {
        return Poll.readable(socket.fd(), Deadline.now());
    }

    /// Waits until the sealer's thread has ended, which it does after its last word.
    void ends() throws Exception {
        sealer.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    }

    /// Returns whether the process would have been ended.
    boolean wasEnded() {
        return wasEnded.get();
    }

    void hangUp() {
        socket.close();
    }

    @Override
    public void close() {
        hangUp();
        returned.ifPresent(Fd::close);
    }
}
