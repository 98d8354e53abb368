package dev.mvm.keyd.release;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Rfc3339;
import dev.mvm.protocol.trust.Role;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.TrustRoot;
import dev.mvm.protocol.trust.Verified;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.store.StateFiles;
import dev.mvm.protocol.trust.transparency.LogProof;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.io.IOException;
import java.util.List;
import java.util.Optional;

/// The newest head of the coordinator's log that was shown to keyd: a log that does not continue it is refused. Not
/// thread-safe.
final class LogFloor {
    static final String FILE = "log.json";

    private final StateFiles files;
    private int root;
    private Optional<TreeHead> head = Optional.empty();

    LogFloor(StateFiles files) throws IOException {
        this.files = files;
        var content = files.all().get(FILE);
        if (content == null) {
            return;
        }
        try {
            Json.parseObject(content, JsonLimits.signed(4096)).read(fields -> {
                root = fields.intBetween("root", 1, Integer.MAX_VALUE);
                long size = fields.integer("size", 0, Long.MAX_VALUE);
                if (size > 0) {
                    head = Optional.of(new TreeHead(
                            size, fields.parsed("root_hash", Digest::new), fields.parsed("issued_at", Rfc3339::parse)));
                }
                return root;
            });
        } catch (JsonException e) {
            throw new IOException(FILE + " is damaged: " + e.getMessage(), e);
        }
    }

    /// The number of states in the log, 0 if it was never shown.
    long size() {
        return head.map(TreeHead::size).orElse(0L);
    }

    /// Takes notice of the newest root. What a compromised state key has set counts no longer.
    ///
    /// @return whether that is so: then what nodes' states have set counts no longer either
    boolean follow(List<Verified<TrustRoot>> roots) throws IOException {
        int newest = roots.getLast().value().version();
        if (newest == root) {
            return false;
        }
        boolean forget = false;
        for (int i = Math.max(root, 1); root > 0 && i < roots.size(); i++) {
            var next = roots.get(i).value();
            forget |= roots.get(i - 1).value().hasOneOf(next.compromised(), Role.STATE);
        }
        if (forget) {
            head = Optional.empty();
        }
        return forget;
    }

    /// Says that everything that follows from the newest root is on disk.
    void followed(List<Verified<TrustRoot>> roots) throws IOException {
        root = roots.getLast().value().version();
        keep();
    }

    /// Demands that a state is in a log that continues the one that was shown, and keeps the log's new head.
    ///
    /// @param payload of the state
    /// @throws RefusedException if it is not; nothing has changed then
    void demand(Verifier verifier, Verified<TrustRoot> trust, byte[] payload, Bytes proof)
            throws IOException, RefusedException {
        var parsed = LogProof.parse(proof.array());
        var verified = verifier.treeHead(trust, parsed.head().array());
        var next = parsed.accept(verified, head, Merkle.leaf(payload));
        if (!head.equals(Optional.of(next))) {
            var before = head;
            head = Optional.of(next);
            try {
                keep();
            } catch (IOException e) {
                head = before;
                throw e;
            }
        }
    }

    private void keep() throws IOException {
        var json = Json.object().put("root", root).put("size", size());
        head.ifPresent(known ->
                json.put("root_hash", known.rootHash().value()).put("issued_at", Rfc3339.format(known.issuedAt())));
        files.put(FILE, json.end().bytes());
    }
}
