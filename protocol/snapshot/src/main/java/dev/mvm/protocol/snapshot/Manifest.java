package dev.mvm.protocol.snapshot;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyName;
import dev.mvm.model.PoolId;
import dev.mvm.model.TenantId;
import java.util.Optional;

/// Contents of a snapshot's manifest. Authentic only as returned by a [Snapshot].
///
/// @param base the memory stream that this snapshot is a difference to, by its header's digest; without one it is
/// whole
/// @param pages how many pages the memory stream holds, before its page map
/// @param key name of the tenant's key that wraps the snapshot's own
/// @param keyVersion 1 or more
public record Manifest(
        SnapshotId place,
        Machine machine,
        Optional<Digest> base,
        StreamFacts memory,
        int pages,
        StreamFacts vmstate,
        KeyName key,
        int keyVersion) {
    static final int MAX_BYTES = 8192;

    private static final String WHOLE = "none"; // what stands in place of a base

    /// Associated data of a stream: lines, none of which can hold a line feed.
    ///
    /// @param part `memory` or `vmstate`
    static byte[] context(String part, SnapshotId place, Machine machine, Optional<Digest> base) {
        var text = "mvm snapshot v1\n" + part + "\n" + place.lines() + machine.lines() + base(base) + "\n";
        return text.getBytes(US_ASCII);
    }

    static Manifest parse(byte[] text) throws SnapshotException {
        try {
            var fields = Json.parseObject(text, JsonLimits.signed(MAX_BYTES)).fields();
            var manifest = read(fields);
            fields.end();
            return manifest;
        } catch (JsonException e) {
            throw new SnapshotException(SnapshotReason.MALFORMED, e.getMessage());
        }
    }

    private static Manifest read(JsonFields fields) throws JsonException {
        fields.integer("schema", 1, 1);
        var place = new SnapshotId(
                fields.parsed("tenant", TenantId::new),
                fields.parsed("pool", PoolId::new),
                fields.parsed("instance", InstanceId::new),
                fields.integer("epoch", 0, Long.MAX_VALUE));
        var machine = fields.object("machine", Machine::read);
        return new Manifest(
                place,
                machine,
                fields.parsed("base", Manifest::base),
                fields.object("memory", StreamFacts::read),
                fields.intBetween("pages", 0, machine.pages()),
                fields.object("vmstate", StreamFacts::read),
                fields.parsed("key", KeyName::new),
                fields.intBetween("key_version", 1, Integer.MAX_VALUE));
    }

    private static Optional<Digest> base(String text) {
        return text.equals(WHOLE) ? Optional.empty() : Optional.of(new Digest(text));
    }

    private static String base(Optional<Digest> base) {
        return base.map(Digest::value).orElse(WHOLE);
    }

    byte[] json() {
        return Json.object()
                .put("schema", 1)
                .put("tenant", place.tenant().value())
                .put("pool", place.pool().value())
                .put("instance", place.instance().value())
                .put("epoch", place.epoch())
                .put("machine", machine.json())
                .put("base", base(base))
                .put("memory", memory.json())
                .put("pages", pages)
                .put("vmstate", vmstate.json())
                .put("key", key.value())
                .put("key_version", keyVersion)
                .end()
                .bytes();
    }

    Manifest under(InstanceKeys other) {
        return new Manifest(place, machine, base, memory, pages, vmstate, other.id(), other.version());
    }
}
