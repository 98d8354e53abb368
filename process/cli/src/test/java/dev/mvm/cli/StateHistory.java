package dev.mvm.cli;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.mvm.json.Json;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.Rates;
import dev.mvm.model.Resources;
import dev.mvm.protocol.trust.Ceremony;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.TenantKey;
import dev.mvm.protocol.trust.authoring.Payloads;
import dev.mvm.protocol.trust.transparency.Merkle;
import dev.mvm.protocol.trust.transparency.ReferenceTree;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// States as a coordinator would have issued them, or one that has been taken over, and the log of them.
final class StateHistory {
    static final NodeId A = new NodeId("n-a");
    static final NodeId B = new NodeId("n-b");

    final Ceremony ceremony;
    final Grant granted;
    final Map<Digest, byte[]> grants = new HashMap<>();
    final List<byte[]> states = new ArrayList<>();
    final List<Digest> leaves = new ArrayList<>();
    private final Map<NodeId, NodeState> last = new HashMap<>();

    /// @param keys that the tenant may have
    StateHistory(Ceremony ceremony, Grant.Key... keys) {
        this.ceremony = ceremony;
        this.granted = Ceremony.grant(Ceremony.DEMO, 0, keys);
        grants.put(
                Digest.of(Payloads.of(granted)),
                Ceremony.signed(DocumentType.GRANT, Payloads.of(granted), ceremony.grantKey));
    }

    /// The next state of a node: so many instances of demo/web.
    StateHistory state(NodeId node, int running) {
        return state(node, running, ceremony.stateKey);
    }

    StateHistory state(NodeId node, int running, Ceremony.Key key) {
        return add(next(node, running), key);
    }

    NodeState next(NodeId node, int running, TenantKey... keys) {
        var before = Optional.ofNullable(last.get(node));
        var pool = new NodeState.Pool(
                Ceremony.WEB,
                Ceremony.REVISION,
                new Resources(1, 128, 0),
                new Counts(running, 0, 0),
                Set.of(PoolFlag.EXEC),
                Rates.UNLIMITED);
        return new NodeState(
                node,
                before.map(NodeState::sequence).orElse(0L) + 1,
                before.map(state -> Digest.of(Payloads.of(state))),
                Ceremony.NOW.plusSeconds(states.size()),
                Ceremony.NOW.plusSeconds(86_400),
                List.copyOf(grants.keySet()),
                List.of(new NodeState.Tenant(
                        granted.tenant(), granted.network(), granted.quotas(), List.of(pool), List.of(keys))));
    }

    StateHistory add(NodeState state, Ceremony.Key key) {
        last.put(state.node(), state);
        states.add(Ceremony.signed(DocumentType.NODE_STATE, Payloads.of(state), key));
        leaves.add(Merkle.leaf(Payloads.of(state)));
        return this;
    }

    /// Seven states of two nodes.
    static StateHistory usual(Ceremony ceremony) {
        return new StateHistory(ceremony)
                .state(A, 1)
                .state(B, 1)
                .state(A, 2)
                .state(A, 3)
                .state(B, 2)
                .state(B, 0)
                .state(A, 4);
    }

    Digest root(int size) {
        return new ReferenceTree(leaves).root(size);
    }

    byte[] head(int size) {
        return head(size, root(size), ceremony.stateKey);
    }

    byte[] head() {
        return head(states.size());
    }

    static byte[] head(int size, Digest root, Ceremony.Key key) {
        var text = "{\"schema\":1,\"size\":" + size + ",\"root_hash\":\"" + root
                + "\",\"issued_at\":\"2026-06-01T12:00:00Z\"}";
        return Ceremony.signed(DocumentType.TREE_HEAD, text.getBytes(UTF_8), key);
    }

    /// The proof that a node has after state `index`.
    byte[] proof(int index) {
        var tree = new ReferenceTree(leaves);
        int size = index + 1;
        return Json.object()
                .put("schema", 1)
                .put("head", Base64.getEncoder().encodeToString(head(size)))
                .put("index", index)
                .put(
                        "inclusion",
                        tree.inclusion(index, size).stream()
                                .map(hash -> Json.of(hash.hex()))
                                .toList())
                .put("consistency", List.of())
                .end()
                .bytes();
    }

    List<Digest> consistency(int from, int to) {
        return new ReferenceTree(leaves).consistency(from, to);
    }

    /// Saves it as `mvm audit states` does, under a head of one's choice.
    Path save(Path dir, byte[] head) throws Exception {
        Files.createDirectories(dir);
        for (int i = 0; i < states.size(); i++) {
            Files.write(dir.resolve("state-%012d.dsse".formatted(i)), states.get(i));
        }
        for (var grant : grants.entrySet()) {
            Files.write(dir.resolve("grant-" + grant.getKey().hex() + ".dsse"), grant.getValue());
        }
        Files.write(dir.resolve("head.dsse"), head);
        return dir;
    }
}
