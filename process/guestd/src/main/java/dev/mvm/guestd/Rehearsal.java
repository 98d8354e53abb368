package dev.mvm.guestd;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guestline.Call;
import dev.mvm.protocol.guestline.Link;
import dev.mvm.protocol.guestline.Requests;
import dev.mvm.protocol.guestline.VmmCall;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/// What hostd wants of a guestd, each once, where every guest and every VMM has hung up: for a cache of classes.
public final class Rehearsal {
    private static final String PACKETS = "rehearsal-hostd";
    private static final String STREAMS = "rehearsal-guest";
    /// Generous: whoever is waited for is in this process.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /// To the line, the ping and two words to a VMM. A program has none.
    private static final int ANSWERS = 4;

    private static final String VERSION = "1.16.1";
    private static final String BODY =
            "{\"id\":\"i\",\"state\":\"Running\",\"vmm_version\":\"" + VERSION + "\",\"app_name\":\"Firecracker\"}";
    private static final byte[] RUNNING =
            ("HTTP/1.1 200 \r\nServer: Firecracker API\r\nContent-Type: application/json\r\nContent-Length: "
                            + BODY.length() + "\r\n\r\n" + BODY)
                    .getBytes(US_ASCII);

    private Rehearsal() {}

    /// Returns when everything was answered.
    ///
    /// @param folder where two sockets may be for a moment
    public static void in(Path folder) throws IOException {
        try (var directory = Directory.open(folder);
                var none = new WakeUp()) {
            converse(directory, folder, none).join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        } finally {
            Files.deleteIfExists(folder.resolve(PACKETS));
            Files.deleteIfExists(folder.resolve(STREAMS));
        }
    }

    /// Until hostd's end is closed.
    ///
    /// @return who serves the other one
    private static Thread converse(Directory directory, Path folder, WakeUp none) throws IOException {
        try (var packets = UnixListener.packets(directory, PACKETS, 0600);
                var hostd = PacketSocket.connect(UnixAddress.at(folder.resolve(PACKETS)), deadline())) {
            var guestd = PacketSocket.own(packets.accept(none).orElseThrow());
            var serving = Thread.ofPlatform().daemon().start(() -> serve(guestd));
            ask(hostd, directory, folder.resolve(STREAMS), none);
            for (int answer = 0; answer < ANSWERS; answer++) {
                hostd.receive(Requests.MAX_BYTES, 0, deadline()).orElseThrow().close();
            }
            return serving;
        }
    }

    private static void serve(PacketSocket guestd) {
        try {
            new Lines(guestd, _ -> {}).serve();
        } catch (IOException e) {
            throw new IllegalStateException("hostd's end is in this process", e);
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // by hangUp
    private static void ask(PacketSocket hostd, Directory directory, Path path, WakeUp none) throws IOException {
        try (var streams = UnixListener.streams(directory, STREAMS, 0600)) {
            var open = Requests.open(1, InstanceId.of(1), Link.CONNECTION);
            hangUp(hand(hostd, open, connect(path), streams, none));
            hostd.send(Requests.call(Call.PING, 1, 2, PATIENCE), List.of(), deadline());
            var exec = Requests.exec(1, Bytes.of("{}".getBytes(US_ASCII)), Bytes.of(new byte[0]));
            hangUp(hand(hostd, exec, connect(path), streams, none));
            var configure = Requests.vmm(
                    VmmCall.CONFIGURE, 3, PATIENCE, VERSION, "1 128 tn0i3 02:fc:00:00:00:03 none\nconsole=ttyS0");
            hangUp(hand(hostd, configure, connect(path), streams, none));
            var state = Requests.vmm(VmmCall.STATE, 4, PATIENCE, VERSION, "");
            try (var vmm = hand(hostd, state, connect(path), streams, none)) {
                var asked = new byte[1];
                vmm.read(asked, 0, asked.length, deadline());
                vmm.write(RUNNING, 0, RUNNING.length, deadline());
            }
        }
    }

    private static void hangUp(UnixStream peer) {
        try (peer) {
            return;
        }
    }

    /// Gives guestd one end of a connection.
    ///
    /// @return the other
    @MustBeClosed
    private static UnixStream hand(
            PacketSocket hostd, byte[] packet, UnixStream near, UnixListener streams, WakeUp none)
            throws ErrnoException {
        try (near) {
            hostd.send(packet, List.of(near.fd()), deadline());
            return UnixStream.own(streams.accept(none).orElseThrow());
        }
    }

    @SuppressWarnings("MustBeClosedChecker") // by whom it is handed to
    private static UnixStream connect(Path path) throws IOException {
        return UnixStream.connect(UnixAddress.at(path), deadline());
    }

    private static Deadline deadline() {
        return Deadline.in(PATIENCE);
    }
}
