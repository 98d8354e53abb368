package dev.mvm.protocol.keyd.service;

import dev.mvm.model.KeyName;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.nio.ByteBuffer;

/// Requests to frames and back; the numbers are docs/protocol/keyd.md's.
public final class KeydRequests {
    static final int PUBLISH = 1;
    static final int CHALLENGE = 2;
    static final int SEAL = 3;
    static final int ROTATE = 4;
    static final int KEYS = 5;
    static final int RELEASES = 6;
    static final int STATUS = 7;
    static final int REWRAP = 8;

    private KeydRequests() {}

    /// Returns the frame of a request.
    ///
    /// @throws IllegalArgumentException if it has more than [KeydFrame#MAX] bytes
    public static ByteBuffer frame(KeydRequest request) {
        var out = switch (request) {
            case KeydRequest.Publish r -> new BodyWriter(PUBLISH).bytes(r.envelope());
            case KeydRequest.Challenge r ->
                new BodyWriter(CHALLENGE).text(r.node().value()).bytes(r.ak());
            case KeydRequest.Seal r ->
                new BodyWriter(SEAL)
                        .bytes(r.statement())
                        .bytes(r.evidence())
                        .bytes(r.state())
                        .bytes(r.proof());
            case KeydRequest.Rotate r ->
                new BodyWriter(ROTATE).text(r.tenant().value()).text(r.key().value());
            case KeydRequest.ListKeys r ->
                new BodyWriter(KEYS).text(r.tenant().map(TenantId::value).orElse(""));
            case KeydRequest.ListReleases r ->
                new BodyWriter(RELEASES)
                        .text(r.tenant().map(TenantId::value).orElse(""))
                        .text(r.node().map(NodeId::value).orElse(""))
                        .u64(r.from())
                        .u16(r.most());
            case KeydRequest.AskStatus _ -> new BodyWriter(STATUS);
            case KeydRequest.Rewrap _ -> new BodyWriter(REWRAP);
        };
        return out.frame();
    }

    /// Reads a request: the service's half.
    ///
    /// @throws MalformedFrameException if it is not one
    public static KeydRequest read(KeydFrame frame) throws MalformedFrameException {
        return BodyReader.whole(frame.body(), in -> request(frame.type(), in));
    }

    private static KeydRequest request(int type, BodyReader in) throws MalformedFrameException {
        return switch (type) {
            case PUBLISH -> new KeydRequest.Publish(in.bytes());
            case CHALLENGE -> new KeydRequest.Challenge(new NodeId(in.text()), in.bytes());
            case SEAL -> new KeydRequest.Seal(in.bytes(), in.bytes(), in.bytes(), in.bytes());
            case ROTATE -> new KeydRequest.Rotate(new TenantId(in.text()), new KeyName(in.text()));
            case KEYS -> new KeydRequest.ListKeys(in.optional(TenantId::new));
            case RELEASES ->
                new KeydRequest.ListReleases(in.optional(TenantId::new), in.optional(NodeId::new), in.u64(), in.u16());
            case STATUS -> new KeydRequest.AskStatus();
            case REWRAP -> new KeydRequest.Rewrap();
            default -> throw new MalformedFrameException("no such request: " + type);
        };
    }
}
