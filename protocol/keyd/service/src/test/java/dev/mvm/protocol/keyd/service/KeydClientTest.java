package dev.mvm.protocol.keyd.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The client against a service that answers as it is told.
final class KeydClientTest {
    /// Long enough for every answer that comes.
    private static final Duration LONG = Duration.ofMinutes(5);

    private static final Duration SHORT = Duration.ofMillis(50);
    private static final TenantId DEMO = new TenantId("demo");
    private static final KeyName DISK = new KeyName("disk");
    private static final NodeId NODE = new NodeId("n-1");

    @TempDir
    private Path folder = Path.of("");

    private final BlockingQueue<KeydRequest> asked = new LinkedBlockingQueue<>();
    private Optional<ServerSocketChannel> server = Optional.empty();

    @BeforeEach
    void listen() throws IOException {
        var channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        channel.bind(UnixDomainSocketAddress.of(socket()));
        server = Optional.of(channel);
    }

    @AfterEach
    void close() throws IOException {
        server.orElseThrow().close();
    }

    private Path socket() {
        return folder.resolve("keyd.sock");
    }

    private KeydClient client(Duration timeout) {
        return new KeydClient(socket(), timeout);
    }

    /// The service, with one connection.
    @FunctionalInterface
    private interface Serving {
        void on(SocketChannel connection) throws IOException;
    }

    private void serve(Serving serving) {
        var channel = server.orElseThrow();
        var _ = Thread.ofVirtual().start(() -> {
            try (var connection = channel.accept()) {
                var request = KeydFrame.read(connection, KeydFrame.MAX).orElseThrow();
                asked.add(KeydRequests.read(request));
                serving.on(connection);
            } catch (IOException e) {
                // the test has ended
            }
        });
    }

    private void answer(KeydReply reply) {
        serve(connection -> KeydFrame.write(KeydReplies.frame(reply), connection));
    }

    private void raw(byte[] bytes) {
        serve(connection -> KeydFrame.write(ByteBuffer.wrap(bytes), connection));
    }

    private static void fails(KeydException.Kind kind, String reason, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOfSatisfying(KeydException.class, e -> {
            assertThat(e.kind()).isEqualTo(kind);
            assertThat(e.reason()).isEqualTo(reason);
            assertThat(e.getMessage()).startsWith(reason + ": ").doesNotContain("\n");
        });
    }

    @Test
    void everyCall_asksOnceAndReturnsItsAnswer() throws Exception {
        var client = client(LONG);
        answer(new KeydReply.Done());
        client.publish(new byte[] {1});
        var envelope = Bytes.of(new byte[] {2});
        answer(new KeydReply.Challenged(envelope));
        assertThat(client.challenge(NODE, Bytes.EMPTY)).isEqualTo(envelope);
        var seal = new KeydRequest.Seal(envelope, Bytes.EMPTY, envelope, Bytes.EMPTY);
        var sealed = new KeydReply.Sealed(envelope, List.of(new KeydReply.RefusedTenant(DEMO, "not_released_here")));
        answer(sealed);
        assertThat(client.seal(seal)).isEqualTo(sealed);
        answer(new KeydReply.Rotated(9));
        assertThat(client.rotate(DEMO, DISK)).isEqualTo(9);
        var keys = List.of(new KeydReply.StoredKey(DEMO, DISK, KeyPurpose.VOLUME, 1, List.of()));
        answer(new KeydReply.Keys(keys));
        assertThat(client.keys(Optional.of(DEMO))).isEqualTo(keys);
        var releases = new KeydRequest.ListReleases(Optional.empty(), Optional.of(NODE), 3, 4);
        answer(new KeydReply.Releases(List.of("{}")));
        assertThat(client.releases(releases)).containsExactly("{}");
        answer(new KeydReply.Status("{}"));
        assertThat(client.status()).isEqualTo("{}");
        answer(new KeydReply.Done());
        client.rewrap();
        assertThat(asked)
                .containsExactly(
                        new KeydRequest.Publish(Bytes.of(new byte[] {1})),
                        new KeydRequest.Challenge(NODE, Bytes.EMPTY),
                        seal,
                        new KeydRequest.Rotate(DEMO, DISK),
                        new KeydRequest.ListKeys(Optional.of(DEMO)),
                        releases,
                        new KeydRequest.AskStatus(),
                        new KeydRequest.Rewrap());
    }

    /// The kernel's buffers hold neither at once.
    @Test
    void largeRequestAndAnswer_goThrough() throws Exception {
        var large = Bytes.of(new byte[1_400_000]);
        answer(new KeydReply.Sealed(large, List.of()));
        var request = new KeydRequest.Seal(large, Bytes.EMPTY, large, Bytes.EMPTY);
        assertThat(client(LONG).seal(request).envelope()).isEqualTo(large);
        assertThat(asked).containsExactly(request);
    }

    @Test
    void refusalAndFailure_keepTheirReasons() {
        answer(new KeydReply.Refused("too_soon", "once an hour"));
        fails(KeydException.Kind.REFUSED, "too_soon", () -> client(LONG).rotate(DEMO, DISK));
        answer(new KeydReply.Failed("master_unreachable", "no token"));
        fails(
                KeydException.Kind.FAILED,
                "master_unreachable",
                () -> client(LONG).rewrap());
    }

    @Test
    void answerToAnotherRequest_isRefused() {
        answer(new KeydReply.Done());
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_malformed_answer",
                () -> client(LONG).rotate(DEMO, DISK));
        answer(new KeydReply.Rotated(1));
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_malformed_answer",
                () -> client(LONG).rewrap());
    }

    @Test
    void answerThatIsNone_isRefused() {
        raw(new byte[] {0, 0, 0, 2, 0, 1});
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_malformed_answer",
                () -> client(LONG).rewrap());
        raw(new byte[] {-1, 0, 0, 2, 0, 1});
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_malformed_answer",
                () -> client(LONG).rewrap());
    }

    @Test
    void connectionThatEndsEarly_isUnreachable() {
        raw(new byte[0]);
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_unreachable",
                () -> client(LONG).rewrap());
        raw(new byte[] {0, 0, 0, 2, 0});
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_unreachable",
                () -> client(LONG).rewrap());
    }

    @Test
    void serviceThatDoesNotAnswer_isUnreachable() {
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_unreachable",
                () -> client(SHORT).rewrap());
    }

    @Test
    void serviceThatAnswersByHalf_isUnreachable() {
        serve(connection -> {
            KeydFrame.write(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 0}), connection);
            var _ = connection.read(ByteBuffer.allocate(1)); // until the client gives up
        });
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_unreachable",
                () -> client(SHORT).rewrap());
    }

    /// More than the kernel buffers, so that writing it waits.
    @Test
    void serviceThatDoesNotRead_isUnreachable() {
        var large = Bytes.of(new byte[KeydFrame.MAX / 2]);
        fails(
                KeydException.Kind.UNAVAILABLE,
                "keyd_unreachable",
                () -> client(SHORT).publish(large.array()));
    }

    @Test
    void serviceThatIsNotThere_isUnreachable() {
        var absent = new KeydClient(folder.resolve("absent.sock"), LONG);
        fails(KeydException.Kind.UNAVAILABLE, "keyd_unreachable", absent::status);
        var tooLong = new KeydClient(folder.resolve("x".repeat(200)), LONG);
        fails(KeydException.Kind.UNAVAILABLE, "keyd_unreachable", tooLong::status);
    }
}
