package dev.mvm.guestd;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.Bytes;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.Rates;
import dev.mvm.model.Slot;
import dev.mvm.protocol.guestd.GuestCall;
import dev.mvm.protocol.guestd.GuestdRequests;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.time.Duration;
import java.util.List;

/// Sends a guestd each request of hostd once, to guests and VMMs of which almost all have hung up: for a class
/// cache.
public final class GuestdRehearsal {
    /// Generous: both ends are in this process.
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    /// Answers about the session, to the ping and to two commands to a VMM. A program has none.
    private static final int ANSWERS = 4;

    private static final FirecrackerVersion VERSION = FirecrackerVersion.parse("1.16.1");
    private static final String BODY =
            "{\"id\":\"i\",\"state\":\"Running\",\"vmm_version\":\"" + VERSION + "\",\"app_name\":\"Firecracker\"}";
    private static final byte[] RUNNING =
            ("HTTP/1.1 200 \r\nServer: Firecracker API\r\nContent-Type: application/json\r\n" + "Content-Length: "
                            + BODY.length() + "\r\n\r\n" + BODY)
                    .getBytes(US_ASCII);

    private GuestdRehearsal() {}

    /// Returns when every request was answered.
    public static void perform() throws IOException {
        try {
            converse().join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /// Holds hostd's end, and closes it after the last answer.
    ///
    /// @return the thread that serves the other end
    private static Thread converse() throws IOException {
        try (var pair = UnixPair.packets();
                var hostd = PacketSocket.own(pair.left())) {
            var guestd = PacketSocket.own(pair.right());
            var serving = Thread.ofPlatform().daemon().start(() -> serve(guestd));
            ask(hostd);
            for (int answer = 0; answer < ANSWERS; answer++) {
                hostd.receive(GuestdRequests.MAX_BYTES, 0, deadline())
                        .orElseThrow()
                        .close();
            }
            return serving;
        }
    }

    private static void serve(PacketSocket guestd) {
        try {
            new GuestSessions(guestd, _ -> {}).serve();
        } catch (IOException e) {
            throw new IllegalStateException("hostd's end is in this process", e);
        }
    }

    private static void ask(PacketSocket hostd) throws IOException {
        handAndHangUp(hostd, GuestdRequests.open(1, InstanceId.of(1), SessionTransport.CONNECTION));
        hostd.send(GuestdRequests.call(GuestCall.PING, 1, 2, PATIENCE), List.of(), deadline());
        handAndHangUp(
                hostd, GuestdRequests.exec(InstanceId.of(1), Bytes.of("{}".getBytes(US_ASCII)), Bytes.of(new byte[0])));
        var configure = new VmmCommand.Configure(
                1,
                128,
                new Slot(new NetId(0), 3),
                new VmmCommand.Disks(false, false),
                new Rates(1, 1, 1, 1),
                "console=ttyS0");
        handAndHangUp(hostd, GuestdRequests.vmm(configure, 3, PATIENCE, VERSION));
        try (var pair = UnixPair.streams();
                var arena = Arena.ofConfined();
                var vmm = UnixStream.own(pair.left())) {
            var question = GuestdRequests.vmm(new VmmCommand.State(), 4, PATIENCE, VERSION);
            hostd.send(question, List.of(pair.right()), deadline());
            vmm.read(arena.allocate(1), deadline());
            vmm.write(arena.allocateFrom(JAVA_BYTE, RUNNING), deadline());
        }
    }

    private static void handAndHangUp(PacketSocket hostd, byte[] packet) throws IOException {
        try (var pair = UnixPair.streams()) {
            hostd.send(packet, List.of(pair.right()), deadline());
        }
    }

    private static Deadline deadline() {
        return Deadline.in(PATIENCE);
    }
}
