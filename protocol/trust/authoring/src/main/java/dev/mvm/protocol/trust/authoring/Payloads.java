package dev.mvm.protocol.trust.authoring;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.GrantJson;
import dev.mvm.protocol.trust.NodeDocument;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TrustRoot;

/// Documents as the bytes that are signed, and what such bytes say, believed or not.
public final class Payloads {
    private Payloads() {}

    /// A trust root, for signing: indented, because people read it before they sign. Its schema is the lowest that says
    /// it all.
    public static byte[] of(TrustRoot root) {
        return Indented.text(RootWriting.json(root, RootWriting.schema(root))).getBytes(UTF_8);
    }

    /// A node document, for signing: indented, because people read it before they sign.
    public static byte[] of(NodeDocument node) {
        return Indented.text(NodeWriting.json(node)).getBytes(UTF_8);
    }

    /// A grant, for signing: indented, because people read it before they sign. Its schema is the lowest that says it
    /// all, so that a node of an earlier version reads every grant that it can obey.
    public static byte[] of(Grant grant) {
        return Indented.text(GrantWriting.json(grant, GrantWriting.schema(grant)))
                .getBytes(UTF_8);
    }

    /// A grant with all members of the newest schema, for changes of any of them.
    public static Json newest(Grant grant) {
        return GrantWriting.json(grant, DocumentType.GRANT.newest());
    }

    /// A node state, for signing: compact, because only programs read it.
    public static byte[] of(NodeState state) {
        return StateWriting.json(state).bytes();
    }

    /// Returns the payload of an envelope without verification: for looking at a root before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a root
    public static TrustRoot root(Envelope envelope) throws RefusedException {
        try {
            return TrustRoot.parse(envelope.payload().array(), envelope.schema(DocumentType.ROOT));
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }

    /// Returns the payload of an envelope without verification: for looking at a node document before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a node document
    public static NodeDocument node(Envelope envelope) throws RefusedException {
        try {
            return NodeDocument.parse(envelope.payload().array());
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }

    /// Returns the payload of an envelope without verification: for looking at a grant before signing it.
    ///
    /// @throws RefusedException `malformed` if it is not a grant
    public static Grant grant(Envelope envelope) throws RefusedException {
        try {
            return GrantJson.read(envelope.payload().array(), envelope.schema(DocumentType.GRANT));
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, e.getMessage());
        }
    }
}
