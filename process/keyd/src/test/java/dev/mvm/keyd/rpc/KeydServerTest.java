package dev.mvm.keyd.rpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.keyd.release.KeydFleet;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.keyd.service.KeydClient;
import dev.mvm.protocol.keyd.service.KeydException;
import dev.mvm.protocol.keyd.service.KeydFrame;
import dev.mvm.protocol.keyd.service.KeydReplies;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.keyd.service.KeydRequests;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.authoring.Reboot;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// keyd's sockets, with clients that behave and clients that do not.
final class KeydServerTest {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final PeerChannel.Patience SHORT =
            new PeerChannel.Patience(Duration.ofSeconds(60), Duration.ofMillis(50));

    private final Path folder;
    private final KeydFleet fleet;
    private final WakeUp stop = new WakeUp();
    private final List<Thread> threads = new ArrayList<>();

    KeydServerTest(@TempDir Path folder) throws Exception {
        this.folder = folder;
        this.fleet = new KeydFleet(folder);
        fleet.furnished();
    }

    @AfterEach
    void close() throws Exception {
        stop.signal();
        for (var thread : threads) {
            thread.join();
        }
        fleet.close();
    }

    @SuppressWarnings("MustBeClosedChecker") // the socket ends with the test
    private Path serve(OptionalInt uid, boolean documentsOnly, int connections, PeerChannel.Patience patience)
            throws Exception {
        var name = "s" + threads.size() + ".sock";
        try (var directory = Directory.open(folder)) {
            var listener = UnixListener.streams(directory, name, 0600);
            var door = new Door(listener, uid, documentsOnly, connections);
            var server = new KeydServer(door, fleet.answers, fleet.journal::add, patience);
            threads.add(Thread.ofPlatform().start(() -> {
                try {
                    server.run(stop);
                } catch (dev.mvm.linux.errno.ErrnoException e) {
                    throw new AssertionError(e);
                }
            }));
        }
        return folder.resolve(name);
    }

    private Path serve() throws Exception {
        return serve(OptionalInt.of(own()), false, 8, KeydServer.PATIENCE);
    }

    private int own() throws Exception {
        return (int) Files.getAttribute(folder, "unix:uid");
    }

    private static SocketChannel connect(Path socket) throws Exception {
        return SocketChannel.open(UnixDomainSocketAddress.of(socket));
    }

    @Test
    void coordinator_isAnswered() throws Exception {
        var client = new KeydClient(serve(), PATIENCE);
        assertThat(client.status()).contains("\"state\":\"serving\"", "\"grants\":2");
        assertThat(client.challenge(Ceremony.NODE, Bytes.EMPTY).length()).isPositive();
        assertThat(client.keys(java.util.Optional.of(Ceremony.DEMO)))
                .singleElement()
                .satisfies(key -> assertThat(key.primary()).isEqualTo(1));
        assertThat(client.releases(new KeydRequest.ListReleases(
                        java.util.Optional.of(Ceremony.DEMO), java.util.Optional.empty(), 0, 10)))
                .singleElement()
                .satisfies(record -> assertThat(record).contains("\"action\":\"publish\""));
        client.rewrap();
    }

    @Test
    void anybody_publishesDocuments_andGetsNothingElse() throws Exception {
        var client = new KeydClient(serve(OptionalInt.empty(), true, 8, KeydServer.PATIENCE), PATIENCE);
        client.publish(Ceremony.signed(
                dev.mvm.protocol.trust.authoring.NodeDocument.TYPE,
                dev.mvm.protocol.trust.authoring.Payloads.of(fleet.node(Ceremony.NODE, 2, Reboot.GO)),
                fleet.ceremony.nodeKey));
        assertThat(client.status()).contains("\"nodes\":1");
        assertThatThrownBy(() -> client.challenge(Ceremony.NODE, Bytes.EMPTY))
                .isInstanceOfSatisfying(
                        KeydException.class, e -> assertThat(e.reason()).isEqualTo("wrong_peer"));
        assertThatThrownBy(() -> client.publish(new byte[] {'{', '}'}))
                .isInstanceOfSatisfying(
                        KeydException.class, e -> assertThat(e.reason()).isEqualTo("malformed"));
    }

    @Test
    void anotherUser_isTurnedAway_andThatIsAnAlarm() throws Exception {
        var client = new KeydClient(serve(OptionalInt.of(own() + 1), false, 8, KeydServer.PATIENCE), PATIENCE);
        assertThatThrownBy(client::status)
                .isInstanceOfSatisfying(
                        KeydException.class, e -> assertThat(e.kind()).isEqualTo(KeydException.Kind.UNAVAILABLE));
        assertThat(fleet.records("").getLast()).contains("wrong_peer", "\"result\":\"alarm\"");
    }

    @Test
    void clientThatSendsHalfAFrame_losesItsConnection_andNobodyWaitsForIt() throws Exception {
        var socket = serve(OptionalInt.of(own()), false, 2, SHORT);
        try (var half = connect(socket)) {
            half.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 10, 0}));
            assertThat(new KeydClient(socket, PATIENCE).status()).contains("serving");
            assertThat(half.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
        assertThat(new KeydClient(socket, PATIENCE).status()).contains("serving");
    }

    @Test
    void frameThatIsTooLong_orOfNoKind_closesTheConnection() throws Exception {
        var socket = serve();
        for (var bytes : List.of(
                new byte[] {0x7f, 0, 0, 0}, new byte[] {0, 0, 0, 1}, new byte[] {0, 0, 0, 2, 0, 99}, new byte[] {
                    0, 0, 0, 3, 0, 7, 1
                })) {
            try (var channel = connect(socket)) {
                channel.write(ByteBuffer.wrap(bytes));
                assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
        assertThat(new KeydClient(socket, PATIENCE).status()).contains("serving");
    }

    @Test
    void documentLargerThanAny_closesTheConnectionOfItsSender() throws Exception {
        var socket = serve(OptionalInt.empty(), true, 8, KeydServer.PATIENCE);
        try (var channel = connect(socket)) {
            channel.write(ByteBuffer.allocate(4).putInt(0, KeydFrame.MAX_OF_DOCUMENTS + 1));
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void connectionBeyondTheLimit_isClosed() throws Exception {
        var socket = serve(OptionalInt.of(own()), false, 1, KeydServer.PATIENCE);
        try (var first = connect(socket)) {
            KeydFrame.write(KeydRequests.frame(new KeydRequest.AskStatus()), first);
            var answer = KeydFrame.read(first, KeydFrame.MAX).orElseThrow();
            assertThat(KeydReplies.read(answer)).isInstanceOf(KeydReply.Status.class);
            try (var second = connect(socket)) {
                assertThat(second.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            }
        }
        assertThat(fleet.journal).isNotNull();
    }

    @Test
    void oneConnection_asksManyTimes() throws Exception {
        try (var channel = connect(serve())) {
            for (int i = 0; i < 3; i++) {
                KeydFrame.write(KeydRequests.frame(new KeydRequest.AskStatus()), channel);
                assertThat(KeydFrame.read(channel, KeydFrame.MAX)).isPresent();
            }
        }
    }
}
