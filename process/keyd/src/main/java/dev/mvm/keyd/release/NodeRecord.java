package dev.mvm.keyd.release;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.trust.authoring.BootId;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/// Things that keyd remembers of a node.
///
/// @param period of the newest challenge, 0 before the first
/// @param boot that keys go to; empty before the first statement
/// @param retired earlier boots, at most [#MAX_RETIRED]: a statement of one of them stops the sealing
/// @param stoppedBy version of the node document under which a retired boot has spoken; 0 if none has since operators
///     admitted one
/// @param sequence of the newest state that was shown, 0 before the first
/// @param state its digest
/// @param released tenants whose keys the node may still have
record NodeRecord(
        NodeId node,
        int period,
        Optional<BootId> boot,
        List<BootId> retired,
        int stoppedBy,
        long sequence,
        Optional<Digest> state,
        Map<TenantId, Pair> released) {
    static final int MAX_RETIRED = 20_000;
    static final int MAX_BYTES = 2 << 20;

    /// A tenant's keys on a node.
    ///
    /// @param since when they came there first, without an interruption
    /// @param until when the node can open them no longer, in whole seconds
    record Pair(Instant since, Instant until) {}

    NodeRecord {
        retired = List.copyOf(retired);
        released = Map.copyOf(released);
    }

    static NodeRecord of(NodeId node) {
        return new NodeRecord(node, 0, Optional.empty(), List.of(), 0, 0, Optional.empty(), Map.of());
    }

    NodeRecord inPeriod(int next) {
        return new NodeRecord(node, next, boot, retired, stoppedBy, sequence, state, released);
    }

    NodeRecord booted(BootId next, List<BootId> allRetired) {
        return new NodeRecord(node, period, Optional.of(next), allRetired, 0, sequence, state, released);
    }

    NodeRecord stopped(int version) {
        return new NodeRecord(node, period, boot, retired, version, sequence, state, released);
    }

    NodeRecord shown(long nextSequence, Optional<Digest> digest) {
        return new NodeRecord(node, period, boot, retired, stoppedBy, nextSequence, digest, released);
    }

    NodeRecord with(Map<TenantId, Pair> pairs) {
        return new NodeRecord(node, period, boot, retired, stoppedBy, sequence, state, pairs);
    }

    /// The tenants that the node has keys of at a moment.
    Map<TenantId, Pair> releasedAt(Instant now) {
        var out = new TreeMap<TenantId, Pair>();
        released.forEach((tenant, pair) -> {
            if (now.isBefore(pair.until())) {
                out.put(tenant, pair);
            }
        });
        return out;
    }

    byte[] json() {
        return Json.object()
                .put("schema", 1)
                .put("node", node.value())
                .put("period", period)
                .put("boot", boot.map(BootId::value).orElse(""))
                .put(
                        "retired",
                        retired.stream().map(each -> Json.of(each.value())).toList())
                .put("stopped_by", stoppedBy)
                .put("sequence", sequence)
                .put("state", state.map(Digest::value).orElse(""))
                .put(
                        "released",
                        new TreeMap<>(released)
                                .entrySet().stream()
                                        .map(entry -> Json.object()
                                                .put("tenant", entry.getKey().value())
                                                .put(
                                                        "since",
                                                        entry.getValue().since().getEpochSecond())
                                                .put(
                                                        "until",
                                                        entry.getValue().until().getEpochSecond())
                                                .end())
                                        .toList())
                .end()
                .bytes();
    }

    static NodeRecord parse(byte[] content) throws JsonException {
        return Json.parseObject(content, JsonLimits.signed(MAX_BYTES)).read(NodeRecord::read);
    }

    private static NodeRecord read(JsonFields fields) throws JsonException {
        fields.integer("schema", 1, 1);
        return new NodeRecord(
                fields.parsed("node", NodeId::new),
                fields.intBetween("period", 0, Integer.MAX_VALUE),
                fields.parsed("boot", text -> text.isEmpty() ? Optional.empty() : Optional.of(new BootId(text))),
                fields.strings("retired", MAX_RETIRED, BootId::new),
                fields.intBetween("stopped_by", 0, Integer.MAX_VALUE),
                fields.integer("sequence", 0, Long.MAX_VALUE),
                fields.parsed("state", text -> text.isEmpty() ? Optional.empty() : Optional.of(new Digest(text))),
                pairs(fields));
    }

    private static Map<TenantId, Pair> pairs(JsonFields fields) throws JsonException {
        var out = new TreeMap<TenantId, Pair>();
        fields.objects(
                "released",
                16_384,
                pair -> out.put(
                                pair.parsed("tenant", TenantId::new),
                                new Pair(moment(pair, "since"), moment(pair, "until")))
                        == null);
        return out;
    }

    private static Instant moment(JsonFields fields, String name) throws JsonException {
        return Instant.ofEpochSecond(fields.integer(name, 0, 1L << 36));
    }
}
