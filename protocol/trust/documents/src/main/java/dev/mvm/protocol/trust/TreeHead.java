package dev.mvm.protocol.trust;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import java.time.Instant;

/// The log of states at one moment: its signer states that the log is the tree with this root.
///
/// @param size how many states are in it, 1 or more
/// @param rootHash of the Merkle tree over them, RFC 9162 section 2.1.1
public record TreeHead(long size, Digest rootHash, Instant issuedAt) {
    static TreeHead parse(byte[] payload) throws JsonException {
        return DocumentType.TREE_HEAD.read(payload, 1, TreeHead::read);
    }

    static TreeHead read(JsonFields fields) throws JsonException {
        return new TreeHead(
                fields.integer("size", 1, Long.MAX_VALUE),
                fields.parsed("root_hash", Digest::new),
                fields.parsed("issued_at", Rfc3339::parse));
    }

    Json.Obj json() {
        return Json.object()
                .put("size", size)
                .put("root_hash", rootHash.value())
                .put("issued_at", Rfc3339.format(issuedAt))
                .end();
    }
}
