package dev.mvm.protocol.keyd.service;

import dev.mvm.model.Bytes;
import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.io.EOFException;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Asks the key service, over a connection of its own for each request, so that no answer can be taken for another
/// request's. For any number of threads.
public final class KeydClient {
    private final Path socket;
    private final Duration timeout;

    /// Connects to nothing yet.
    ///
    /// @param socket of the key service
    /// @param timeout most time for one whole request with its answer
    public KeydClient(Path socket, Duration timeout) {
        this.socket = socket;
        this.timeout = timeout;
    }

    /// Publishes a signed document.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public void publish(byte[] envelope) throws KeydException {
        var _ = answer(KeydReply.Done.class, new KeydRequest.Publish(Bytes.of(envelope)));
    }

    /// Returns the envelope of a challenge for a node.
    ///
    /// @param ak as in [KeydRequest.Challenge]
    /// @throws KeydException if it is refused, or there is no answer
    public Bytes challenge(NodeId node, Bytes ak) throws KeydException {
        return answer(KeydReply.Challenged.class, new KeydRequest.Challenge(node, ak))
                .envelope();
    }

    /// Returns a blob, and the tenants whose keys are not in it.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public KeydReply.Sealed seal(KeydRequest.Seal request) throws KeydException {
        return answer(KeydReply.Sealed.class, request);
    }

    /// Makes a next version of a key, and returns its number.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public int rotate(TenantId tenant, KeyName key) throws KeydException {
        return answer(KeydReply.Rotated.class, new KeydRequest.Rotate(tenant, key))
                .version();
    }

    /// Returns the keys of one tenant, or of all.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public List<KeydReply.StoredKey> keys(Optional<TenantId> tenant) throws KeydException {
        return answer(KeydReply.Keys.class, new KeydRequest.ListKeys(tenant)).keys();
    }

    /// Returns records of the audit.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public List<String> releases(KeydRequest.ListReleases request) throws KeydException {
        return answer(KeydReply.Releases.class, request).records();
    }

    /// Returns how the service is, a JSON object.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public String status() throws KeydException {
        return answer(KeydReply.Status.class, new KeydRequest.AskStatus()).json();
    }

    /// Puts all keys under the newest master key.
    ///
    /// @throws KeydException if it is refused, or there is no answer
    public void rewrap() throws KeydException {
        var _ = answer(KeydReply.Done.class, new KeydRequest.Rewrap());
    }

    private <T extends KeydReply> T answer(Class<T> wanted, KeydRequest request) throws KeydException {
        KeydReply reply;
        try {
            reply = exchange(request);
        } catch (MalformedFrameException e) {
            throw new KeydException(KeydException.Kind.UNAVAILABLE, "keyd_malformed_answer", text(e));
        } catch (IOException e) {
            throw new KeydException(KeydException.Kind.UNAVAILABLE, "keyd_unreachable", text(e));
        }
        if (wanted.isInstance(reply)) {
            return wanted.cast(reply);
        }
        throw switch (reply) {
            case KeydReply.Refused(var reason, var text) -> new KeydException(KeydException.Kind.REFUSED, reason, text);
            case KeydReply.Failed(var reason, var text) -> new KeydException(KeydException.Kind.FAILED, reason, text);
            default ->
                new KeydException(
                        KeydException.Kind.UNAVAILABLE, "keyd_malformed_answer", "an answer to another request");
        };
    }

    private String text(IOException e) {
        return socket + ": " + e.getMessage();
    }

    private KeydReply exchange(KeydRequest request) throws IOException {
        var frame = KeydRequests.frame(request);
        try (var channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
                var timed = new TimedChannel(channel)) {
            timed.within(timeout);
            KeydFrame.write(frame, timed);
            var answer = KeydFrame.read(timed, KeydFrame.MAX)
                    .orElseThrow(() -> new EOFException("the connection was closed without an answer"));
            return KeydReplies.read(answer);
        }
    }
}
