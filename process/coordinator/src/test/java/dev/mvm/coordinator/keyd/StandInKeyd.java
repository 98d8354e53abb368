package dev.mvm.coordinator.keyd;

import com.google.protobuf.ByteString;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.keyd.node.KeyBlob;
import dev.mvm.protocol.keyd.node.KeyChallenge;
import dev.mvm.protocol.keyd.node.KeyStatement;
import dev.mvm.protocol.keyd.service.KeyPayloads;
import dev.mvm.protocol.keyd.service.KeydFrame;
import dev.mvm.protocol.keyd.service.KeydReplies;
import dev.mvm.protocol.keyd.service.KeydReply;
import dev.mvm.protocol.keyd.service.KeydRequest;
import dev.mvm.protocol.keyd.service.KeydRequests;
import dev.mvm.protocol.keyd.service.SignedStatement;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.authoring.Envelopes;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/// A key service that obeys the frames of docs/protocol/keyd.md and verifies nothing: it takes what a test does not
/// have it refuse, and seals empty messages.
public final class StandInKeyd implements AutoCloseable {
    public static final Digest FLEET = Digest.of(new byte[] {1});
    public static final Duration LIFE = Duration.ofHours(36);

    private final Path socket;
    private final Map<NodeId, Integer> periods = new ConcurrentHashMap<>();
    private final Map<String, Integer> versions = new ConcurrentHashMap<>();
    private final List<SocketChannel> open = new CopyOnWriteArrayList<>();
    private volatile Optional<ServerSocketChannel> listening = Optional.empty();

    /// The requests that came, in order.
    public final List<KeydRequest> requests = new CopyOnWriteArrayList<>();

    /// Documents by the reason for which they are refused.
    public final Map<ByteString, String> refused = new ConcurrentHashMap<>();

    /// Tenants by the reason for which blobs have none of their keys.
    public final Map<TenantId, String> leftOut = new ConcurrentHashMap<>();

    /// The tenant whose key `disk` is in every blob.
    public volatile Optional<TenantId> tenant = Optional.empty();

    /// True while it reads requests and does not answer.
    public volatile boolean silent;

    public volatile String state = "serving";
    public volatile int root = 1;
    public volatile int generation = 1;
    public volatile long logSize;
    public final List<String> records = new CopyOnWriteArrayList<>();

    public StandInKeyd(Path socket) {
        this.socket = socket;
    }

    public Path socket() {
        return socket;
    }

    /// Begins to listen.
    public StandInKeyd start() throws IOException {
        Files.deleteIfExists(socket);
        var server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(socket));
        listening = Optional.of(server);
        Thread.ofVirtual().start(() -> accept(server));
        return this;
    }

    /// Stops listening, as a service that was stopped.
    public void stop() throws IOException {
        if (listening.isPresent()) {
            listening.get().close();
        }
        for (var channel : open) {
            channel.close();
        }
        Files.deleteIfExists(socket);
    }

    @Override
    public void close() throws IOException {
        stop();
    }

    private void accept(ServerSocketChannel server) {
        try {
            while (true) {
                var channel = server.accept();
                open.add(channel);
                Thread.ofVirtual().start(() -> serve(channel));
            }
        } catch (IOException e) {
            // closed
        }
    }

    private void serve(SocketChannel channel) {
        try (channel) {
            var frame = KeydFrame.read(channel, KeydFrame.MAX);
            while (frame.isPresent()) {
                var request = KeydRequests.read(frame.get());
                requests.add(request);
                if (!silent) {
                    var answer = KeydReplies.frame(answer(request));
                    while (answer.hasRemaining()) {
                        channel.write(answer);
                    }
                }
                frame = KeydFrame.read(channel, KeydFrame.MAX);
            }
        } catch (IOException e) {
            // the client has gone
        }
    }

    private KeydReply answer(KeydRequest request) {
        return switch (request) {
            case KeydRequest.Publish(var envelope) -> {
                var reason = refused.get(ByteString.copyFrom(envelope.array()));
                yield reason == null ? new KeydReply.Done() : new KeydReply.Refused(reason, "it will not have it");
            }
            case KeydRequest.Challenge(var node, var _) -> new KeydReply.Challenged(challenge(node));
            case KeydRequest.Seal seal -> sealed(seal);
            case KeydRequest.Rotate(var owner, var key) ->
                tenant.equals(Optional.of(owner))
                        ? new KeydReply.Rotated(versions.merge(owner + "/" + key, 2, (before, _) -> before + 1))
                        : new KeydReply.Refused("key_unknown", "there is no such key");
            case KeydRequest.ListKeys _ ->
                new KeydReply.Keys(tenant.stream().map(this::stored).toList());
            case KeydRequest.ListReleases(var _, var _, var from, var most) ->
                new KeydReply.Releases(records.stream().skip(from).limit(most).toList());
            case KeydRequest.AskStatus _ -> new KeydReply.Status(status());
            case KeydRequest.Rewrap _ -> new KeydReply.Done();
        };
    }

    private String status() {
        return "{\"state\":\"" + state + "\",\"reason\":\"" + (state.equals("serving") ? "" : state) + "\",\"fleet\":\""
                + FLEET + "\",\"root\":" + root + ",\"epoch\":3,\"generation\":" + generation + ",\"log_size\":"
                + logSize
                + ",\"audit\":9,\"more\":{\"of\":\"it\"}}";
    }

    private Bytes challenge(NodeId node) {
        var now = Instant.parse("2026-01-31T12:00:00Z");
        int period = periods.merge(node, 1, Integer::sum);
        var challenge = new KeyChallenge(
                FLEET, node, Bytes.of(new byte[32]), period, now, now.plus(Duration.ofMinutes(5)), Bytes.EMPTY);
        return Bytes.of(Envelopes.bytes(Envelopes.unsigned(KeyChallenge.TYPE, KeyPayloads.of(challenge))));
    }

    private KeydReply sealed(KeydRequest.Seal seal) {
        try {
            var payload =
                    Envelope.parse(seal.statement().array(), KeyStatement.TYPE).payload();
            var node = SignedStatement.parse(payload.array()).node();
            var now = Instant.parse("2026-01-31T12:00:00Z");
            var keys = tenant.stream()
                    .map(owner -> new KeyBlob.Key(
                            owner,
                            new TenantKey(
                                    new KeyName("disk"), KeyPurpose.VOLUME, version(owner), Bytes.of(new byte[16])),
                            true,
                            node,
                            Bytes.of(new byte[48])))
                    .toList();
            var blob = new KeyBlob(
                    FLEET,
                    node,
                    payload.digest(),
                    periods.getOrDefault(node, 1),
                    now,
                    now.plus(LIFE),
                    Bytes.of(new byte[32]),
                    keys);
            return new KeydReply.Sealed(
                    Bytes.of(Envelopes.bytes(Envelopes.unsigned(KeyBlob.TYPE, KeyPayloads.of(blob)))),
                    leftOut.entrySet().stream()
                            .map(entry -> new KeydReply.RefusedTenant(entry.getKey(), entry.getValue()))
                            .toList());
        } catch (Exception e) {
            return new KeydReply.Refused("statement_forged", "no statement of this node");
        }
    }

    private int version(TenantId owner) {
        return versions.getOrDefault(owner + "/disk", 1);
    }

    private KeydReply.StoredKey stored(TenantId owner) {
        return new KeydReply.StoredKey(
                owner,
                new KeyName("disk"),
                KeyPurpose.VOLUME,
                version(owner),
                List.of(new KeydReply.StoredVersion(version(owner), Bytes.of(new byte[16]), 1_800_000_000)));
    }

    /// The documents that came, in order.
    public List<ByteString> published() {
        return asked(KeydRequest.Publish.class).stream()
                .map(each -> ByteString.copyFrom(each.envelope().array()))
                .toList();
    }

    /// The requests of one kind, in order.
    public <T extends KeydRequest> List<T> asked(Class<T> kind) {
        return requests.stream().filter(kind::isInstance).map(kind::cast).toList();
    }

    /// A node's statement for a challenge, unsigned.
    public static ByteString statement(NodeId node, ByteString challenge) {
        try {
            var answered = Envelope.parse(challenge.toByteArray(), KeyChallenge.TYPE)
                    .payload()
                    .digest();
            var statement = new KeyStatement(
                    FLEET,
                    node,
                    answered,
                    "01234567-89ab-cdef-0123-456789abcdef",
                    Bytes.of(new byte[32]),
                    dev.mvm.model.NodeMode.DEV,
                    List.of());
            return ByteString.copyFrom(Envelopes.bytes(statement.unsigned()));
        } catch (dev.mvm.protocol.trust.RefusedException e) {
            throw new AssertionError(e);
        }
    }
}
