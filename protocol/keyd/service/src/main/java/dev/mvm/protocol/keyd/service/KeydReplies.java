package dev.mvm.protocol.keyd.service;

import dev.mvm.model.KeyName;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import java.nio.ByteBuffer;

/// Answers to frames and back; the numbers are docs/protocol/keyd.md's.
public final class KeydReplies {
    static final int DONE = 128;
    static final int REFUSED = 129;
    static final int FAILED = 130;
    static final int CHALLENGE = 131;
    static final int BLOB = 132;
    static final int VERSION = 133;
    static final int KEYS = 134;
    static final int RELEASES = 135;
    static final int STATUS = 136;

    private KeydReplies() {}

    /// Returns the frame of an answer.
    ///
    /// @throws IllegalArgumentException if it has more than [KeydFrame#MAX] bytes, or a text is not printable ASCII
    public static ByteBuffer frame(KeydReply reply) {
        var out = switch (reply) {
            case KeydReply.Done _ -> new BodyWriter(DONE);
            case KeydReply.Refused r -> new BodyWriter(REFUSED).text(r.reason()).text(r.text());
            case KeydReply.Failed r -> new BodyWriter(FAILED).text(r.reason()).text(r.text());
            case KeydReply.Challenged r -> new BodyWriter(CHALLENGE).bytes(r.envelope());
            case KeydReply.Sealed r ->
                new BodyWriter(BLOB)
                        .bytes(r.envelope())
                        .list(
                                r.refused(),
                                (body, tenant) ->
                                        body.text(tenant.tenant().value()).text(tenant.reason()));
            case KeydReply.Rotated r -> new BodyWriter(VERSION).u32(r.version());
            case KeydReply.Keys r -> new BodyWriter(KEYS).list(r.keys(), KeydReplies::key);
            case KeydReply.Releases r -> new BodyWriter(RELEASES).list(r.records(), BodyWriter::text);
            case KeydReply.Status r -> new BodyWriter(STATUS).text(r.json());
        };
        return out.frame();
    }

    private static void key(BodyWriter out, KeydReply.StoredKey key) {
        out.text(key.tenant().value())
                .text(key.id().value())
                .text(key.purpose().word())
                .u32(key.primary())
                .list(
                        key.versions(),
                        (body, each) -> body.u32(each.version())
                                .raw(each.check().array())
                                .u64(each.made()));
    }

    /// Reads an answer: the client's half.
    ///
    /// @throws MalformedFrameException if it is not one
    public static KeydReply read(KeydFrame frame) throws MalformedFrameException {
        return BodyReader.whole(frame.body(), in -> reply(frame.type(), in));
    }

    private static KeydReply reply(int type, BodyReader in) throws MalformedFrameException {
        return switch (type) {
            case DONE -> new KeydReply.Done();
            case REFUSED -> new KeydReply.Refused(in.text(), in.text());
            case FAILED -> new KeydReply.Failed(in.text(), in.text());
            case CHALLENGE -> new KeydReply.Challenged(in.bytes());
            case BLOB ->
                new KeydReply.Sealed(
                        in.bytes(),
                        in.list(each -> new KeydReply.RefusedTenant(new TenantId(each.text()), each.text())));
            case VERSION -> new KeydReply.Rotated(in.u32());
            case KEYS -> new KeydReply.Keys(in.list(KeydReplies::key));
            case RELEASES -> new KeydReply.Releases(in.list(BodyReader::text));
            case STATUS -> new KeydReply.Status(in.text());
            default -> throw new MalformedFrameException("no such answer: " + type);
        };
    }

    private static KeydReply.StoredKey key(BodyReader in) throws MalformedFrameException {
        return new KeydReply.StoredKey(
                new TenantId(in.text()),
                new KeyName(in.text()),
                KeyPurpose.of(in.text()),
                in.u32(),
                in.list(each -> new KeydReply.StoredVersion(
                        each.u32(), each.exactly(KeydReply.StoredVersion.CHECK_SIZE), each.u64())));
    }
}
