package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verifier;

/// Documents as the bytes that are signed, and what such bytes say, believed or not.
public final class Payloads {
    private Payloads() {}

    /// A trust root, for signing: indented, because people read it before they sign. Its schema is the lowest that says
    /// it all.
    public static byte[] of(TrustRoot root) {
        return Indented.text(RootWriting.json(root, RootWriting.schema(root))).getBytes(UTF_8);
    }

    /// A node document, for signing: indented, because people read it before they sign. Its schema is the lowest that
    /// says it all.
    public static byte[] of(NodeDocument node) {
        return Indented.text(NodeWriting.json(node, NodeWriting.schema(node))).getBytes(UTF_8);
    }

    /// A grant, for signing: indented, because people read it before they sign.
    public static byte[] of(GrantDocument grant) {
        return Indented.text(GrantWriting.json(grant)).getBytes(UTF_8);
    }

    /// A grant that releases keys to no node, as [#of(GrantDocument)].
    public static byte[] of(Grant grant) {
        return of(new GrantDocument(grant));
    }

    /// The end of a tenant, for signing: indented, because people read it before they sign.
    public static byte[] of(Tombstone tombstone) {
        return Indented.text(tombstone.json()).getBytes(UTF_8);
    }

    /// A list of accepted software, for signing: indented, because people read it before they sign.
    public static byte[] of(Measurements measurements) {
        return Indented.text(measurements.json()).getBytes(UTF_8);
    }

    /// A grant with all its members, for changes of any of them.
    public static Json newest(GrantDocument grant) {
        return GrantWriting.json(grant);
    }

    /// A node state, for signing: compact, because only programs read it.
    public static byte[] of(NodeState state) {
        return StateWriting.json(state).bytes();
    }

    /// A node document with all members of the newest schema, for changes of any of them.
    public static Json newest(NodeDocument node) {
        return NodeWriting.json(node, NodeDocument.TYPE.newest());
    }

    /// Returns the payload of an envelope without verification: for looking at a root before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a root
    public static TrustRoot root(Envelope envelope) throws RefusedException {
        return unverified(envelope, DocumentType.ROOT, TrustRoot::parse);
    }

    /// Returns the payload of an envelope without verification: for looking at a node document before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a node document
    public static NodeDocument node(Envelope envelope) throws RefusedException {
        return unverified(envelope, NodeDocument.TYPE, NodeDocument::read);
    }

    /// Returns the payload of an envelope without verification: for looking at a grant before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a grant
    public static GrantDocument grant(Envelope envelope) throws RefusedException {
        return unverified(envelope, DocumentType.GRANT, GrantDocument::read);
    }

    /// Returns the payload of an envelope without verification: for looking at the end of a tenant before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a tombstone
    public static Tombstone tombstone(Envelope envelope) throws RefusedException {
        return unverified(envelope, Tombstone.TYPE, Tombstone::read);
    }

    /// Returns the payload of an envelope without verification: for looking at accepted software before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a list of measurements
    public static Measurements measurements(Envelope envelope) throws RefusedException {
        return unverified(envelope, Measurements.TYPE, Measurements::read);
    }

    private static <T> T unverified(Envelope envelope, DocumentType type, Verifier.Parser<T> parser)
            throws RefusedException {
        try {
            return parser.parse(envelope.payload().array(), envelope.schema(type));
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }
}
