package dev.mvm.protocol.trust.attack;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.authoring.Envelopes;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.Merkle;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;

/// A state that the node would take, by a coordinator that keeps it out of its log or shows another log.
public final class LogAttacks {
    private final Position position;
    private final Ceremony.Key stateKey;
    private final TreeHead kept;

    /// By somebody who holds the key of role `state`.
    ///
    /// @param kept the head that the node has kept, of size 2 or more
    public LogAttacks(Position position, Ceremony.Key stateKey, TreeHead kept) {
        this.position = position;
        this.stateKey = stateKey;
        this.kept = kept;
    }

    /// All of them.
    public List<Attack> all() {
        var state = Payloads.of(position.next());
        var leaf = Merkle.leaf(state);
        var all = new ArrayList<Attack>();
        all.add(attack("no proof", new byte[0], DocumentReason.NOT_LOGGED));
        all.add(attack("noise as a proof", new byte[] {1, 2, 3}, DocumentReason.MALFORMED));
        all.add(attack("a proof without a head", proof(new byte[0]), DocumentReason.MALFORMED));
        all.add(attack(
                "a head that nobody has signed",
                proof(Envelopes.bytes(Envelopes.unsigned(DocumentType.TREE_HEAD, head(kept.size() + 1, leaf)))),
                DocumentReason.UNSIGNED));
        all.add(attack(
                "a head that another key has signed",
                proof(Ceremony.signed(DocumentType.TREE_HEAD, head(kept.size() + 1, leaf), Ceremony.Key.fresh())),
                DocumentReason.UNTRUSTED_KEY));
        all.add(attack("the state in place of the head", proof(envelope(state)), DocumentReason.WRONG_TYPE));
        all.add(attack("a log of this state alone", proof(signed(1, leaf)), DocumentReason.LOG_ROLLBACK));
        all.add(attack(
                "the head that is known", proof(signed(kept.size(), kept.rootHash())), DocumentReason.LOG_PROOF));
        all.add(attack(
                "another log of the same size", proof(signed(kept.size(), leaf)), DocumentReason.LOG_INCONSISTENT));
        all.add(attack(
                "another log that is larger", proof(signed(kept.size() + 1, leaf)), DocumentReason.LOG_INCONSISTENT));
        all.add(attack("another log, with paths", proof(signed(1L << 40, leaf), 40), DocumentReason.LOG_INCONSISTENT));
        return all;
    }

    private Attack attack(String name, byte[] proof, DocumentReason reason) {
        var envelope = Bytes.of(envelope(Payloads.of(position.next())));
        return new Attack(name, DocumentType.NODE_STATE, envelope, Bytes.of(proof), reason, true);
    }

    private byte[] envelope(byte[] state) {
        return Ceremony.signed(DocumentType.NODE_STATE, state, stateKey);
    }

    private byte[] signed(long size, Digest root) {
        return Ceremony.signed(DocumentType.TREE_HEAD, head(size, root), stateKey);
    }

    private static byte[] head(long size, Digest root) {
        return ("{\"schema\":1,\"size\":" + size + ",\"root_hash\":\"" + root
                        + "\",\"issued_at\":\"2026-06-01T12:00:00Z\"}")
                .getBytes(UTF_8);
    }

    private static byte[] proof(byte[] head) {
        return proof(head, 0);
    }

    private static byte[] proof(byte[] head, int path) {
        var hash = Json.of("5a".repeat(32));
        var hashes = Collections.nCopies(path, hash);
        return Json.object()
                .put("schema", 1)
                .put("head", Base64.getEncoder().encodeToString(head))
                .put("index", 0)
                .put("inclusion", hashes)
                .put("consistency", hashes)
                .end()
                .bytes();
    }
}
