package dev.mvm.protocol.trust.transparency;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.Verified;
import java.util.List;
import java.util.Optional;

/// Proof that a state is in the log, and that the log extends the one that the receiver knew.
///
/// @param head the envelope of the tree head that the paths lead to
/// @param index of the state in the log, from 0
/// @param inclusion from the state to the head, at most [#MAX_PATH] hashes
/// @param consistency from the head that the receiver kept last to this one, at most [#MAX_PATH] hashes
public record LogProof(Bytes head, long index, List<Digest> inclusion, List<Digest> consistency) {
    /// A tree with indices of 63 bits needs no more.
    public static final int MAX_PATH = 64;

    /// Most bytes that a proof may have.
    public static final int MAX_BYTES = 40 * 1024;

    public LogProof {
        inclusion = List.copyOf(inclusion);
        consistency = List.copyOf(consistency);
    }

    /// Reads a proof.
    ///
    /// @throws RefusedException `not_logged` if there is none at all, `too_large` or `malformed`
    public static LogProof parse(byte[] text) throws RefusedException {
        if (text.length == 0) {
            throw new RefusedException(
                    DocumentReason.NOT_LOGGED, "the state came without a proof that it is in the log");
        }
        if (text.length > MAX_BYTES) {
            throw new RefusedException(
                    DocumentReason.TOO_LARGE, "the proof has " + text.length + " bytes, at most " + MAX_BYTES);
        }
        try {
            return Json.parseObject(text, new JsonLimits(MAX_BYTES, 4, MAX_BYTES, true))
                    .read(LogProof::proof);
        } catch (JsonException e) {
            throw new RefusedException(DocumentReason.MALFORMED, "not a proof: " + e.getMessage());
        }
    }

    private static LogProof proof(JsonFields fields) throws JsonException {
        fields.integer("schema", 1, 1);
        return new LogProof(
                fields.parsed("head", Bytes::ofBase64),
                fields.integer("index", 0, Long.MAX_VALUE),
                fields.strings("inclusion", MAX_PATH, hex -> new Digest("sha256:" + hex)),
                fields.strings("consistency", MAX_PATH, hex -> new Digest("sha256:" + hex)));
    }

    /// Demands that a state is in the log and that the log has only grown. Pure.
    ///
    /// @param verified this proof's [#head]
    /// @param kept the head that was kept last; without one there is nothing to be consistent with
    /// @param leaf [Merkle#leaf] of the payload of the state
    /// @return the head to keep from now on
    /// @throws RefusedException `log_rollback`, `log_inconsistent` or `log_proof`; nothing has changed then
    public TreeHead accept(Verified<TreeHead> verified, Optional<TreeHead> kept, Digest leaf) throws RefusedException {
        var next = verified.value();
        if (kept.isPresent()) {
            follows(next, kept.get());
        }
        if (!Merkle.includes(next.size(), next.rootHash(), index, leaf, inclusion)) {
            throw new RefusedException(
                    DocumentReason.LOG_PROOF, "the state is not shown to be entry " + index + " of " + next.size());
        }
        return next;
    }

    private void follows(TreeHead next, TreeHead kept) throws RefusedException {
        if (next.size() < kept.size()) {
            throw new RefusedException(
                    DocumentReason.LOG_ROLLBACK, next.size() + " states in the log after " + kept.size());
        }
        boolean consistent = next.size() == kept.size()
                ? next.rootHash()
                        .equals(kept.rootHash()) // whatever path came: after a crash the same proof comes again
                : Merkle.continues(kept.size(), kept.rootHash(), next.size(), next.rootHash(), consistency);
        if (!consistent) {
            throw new RefusedException(
                    DocumentReason.LOG_INCONSISTENT,
                    "the log of " + next.size() + " states is not shown to continue the one of " + kept.size());
        }
    }
}
