package dev.mvm.protocol.control.log;

import dev.mvm.json.Json;
import java.util.Base64;
import java.util.List;

/// Writes the log proof that comes with a state. `LogProof` of `protocol/trust/documents` reads it; the writer is
/// here, because the root process never writes proofs.
public final class ProofJson {
    private ProofJson() {}

    /// Writes a proof.
    ///
    /// @param head the envelope of the tree head
    /// @param index of the state, from 0
    /// @param inclusion hashes as 64 hexadecimal digits
    /// @param consistency hashes in the same form; empty until the receiver's own head is known
    public static byte[] of(byte[] head, long index, List<String> inclusion, List<String> consistency) {
        return Json.object()
                .put("schema", 1)
                .put("head", Base64.getEncoder().encodeToString(head))
                .put("index", index)
                .put("inclusion", inclusion.stream().map(Json::of).toList())
                .put("consistency", consistency.stream().map(Json::of).toList())
                .end()
                .bytes();
    }
}
