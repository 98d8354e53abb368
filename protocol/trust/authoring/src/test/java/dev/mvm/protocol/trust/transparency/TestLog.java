package dev.mvm.protocol.trust.transparency;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Envelope;
import dev.mvm.protocol.trust.HighWaterMark;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.TreeHead;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/// The log of a coordinator in tests: whatever a proof is asked for is in it.
public final class TestLog {
    private final List<Digest> leaves = new ArrayList<>();

    public TestLog() {}

    /// The proof that the log has a state, for a node with this floor.
    public Bytes proof(Bytes state, Ceremony.Key key, HighWaterMark floor) {
        int index = append(state);
        var tree = new ReferenceTree(leaves);
        int size = leaves.size();
        int known = floor.log().map(TreeHead::size).orElse(0L).intValue();
        boolean grown = known > 0 && known < size;
        return Bytes.of(Json.object()
                .put("schema", 1)
                .put("head", Base64.getEncoder().encodeToString(head(tree, size, key)))
                .put("index", index)
                .put("inclusion", hex(tree.inclusion(index, size)))
                .put("consistency", hex(grown ? tree.consistency(known, size) : List.of()))
                .end()
                .bytes());
    }

    private int append(Bytes state) {
        try {
            var leaf = Merkle.leaf(Envelope.parse(state.array(), DocumentType.NODE_STATE)
                    .payload()
                    .array());
            if (!leaves.contains(leaf)) {
                leaves.add(leaf);
            }
            return leaves.indexOf(leaf);
        } catch (RefusedException e) {
            return 0; // an invalid state is refused for that
        }
    }

    private static byte[] head(ReferenceTree tree, int size, Ceremony.Key key) {
        var text = "{\"schema\":1,\"size\":" + Math.max(1, size) + ",\"root_hash\":\""
                + (size == 0 ? Ceremony.SOME : tree.root(size)) + "\",\"issued_at\":\"2026-06-01T12:00:00Z\"}";
        return Ceremony.signed(DocumentType.TREE_HEAD, text.getBytes(UTF_8), key);
    }

    private static List<Json> hex(List<Digest> hashes) {
        return hashes.stream().map(hash -> Json.of(hash.hex())).toList();
    }
}
