package dev.mvm.keyd.documents;

import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.authoring.Measurements;
import dev.mvm.protocol.trust.authoring.NodeDocument;
import dev.mvm.protocol.trust.authoring.Tombstone;

/// The kinds of documents that keyd takes.
enum DocumentKind {
    ROOT,
    GRANT,
    NODE,
    TOMBSTONE,
    MEASUREMENTS;

    DocumentType type() {
        return switch (this) {
            case ROOT -> DocumentType.ROOT;
            case GRANT -> DocumentType.GRANT;
            case NODE -> NodeDocument.TYPE;
            case TOMBSTONE -> Tombstone.TYPE;
            case MEASUREMENTS -> Measurements.TYPE;
        };
    }

    /// Tells what kind of document an envelope should hold.
    ///
    /// @throws RefusedException if it is of no such kind, or no envelope
    static DocumentKind of(byte[] envelope) throws RefusedException {
        RefusedException last = null;
        for (var kind : values()) {
            try {
                var _ = Envelope.parse(envelope, kind.type());
                return kind;
            } catch (RefusedException e) {
                boolean another = e.reason() == DocumentReason.WRONG_TYPE || e.reason() == DocumentReason.TOO_LARGE;
                if (!another) {
                    throw e;
                }
                last = last == null || e.reason() == DocumentReason.WRONG_TYPE ? e : last;
            }
        }
        throw last == null
                ? new RefusedException(DocumentReason.WRONG_TYPE, "no document")
                : new RefusedException(last.reason(), "want a root, grant, node, tombstone or measurements");
    }
}
