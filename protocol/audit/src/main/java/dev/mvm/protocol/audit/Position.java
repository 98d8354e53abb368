package dev.mvm.protocol.audit;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.model.TenantId;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;

/// Position of a line: its chain and its number.
///
/// @param sequence number in the chain, from 1
/// @param time whole seconds, by the node's clock
/// @param previous hash of the line before it, with that line's end
public record Position(NodeId node, TenantId tenant, long sequence, Instant time, Digest previous) {
    static final int SCHEMA = 2;

    public Position {
        time = time.truncatedTo(ChronoUnit.SECONDS);
        if (sequence < 1) {
            throw new IllegalArgumentException("sequence " + sequence + ": want 1 or more");
        }
    }

    /// The place after `head`.
    public static Position after(Head head, NodeId node, TenantId tenant, Instant time) {
        return new Position(node, tenant, head.sequence() + 1, time, head.hash());
    }

    /// The members before those of the line itself.
    Json.Builder json() {
        return Json.object()
                .put("schema", SCHEMA)
                .put("node", node.value())
                .put("tenant", tenant.value())
                .put("seq", sequence)
                .put("time", time.toString());
    }

    static Position read(JsonFields fields) throws JsonException {
        fields.integer("schema", SCHEMA, SCHEMA);
        return new Position(
                fields.parsed("node", NodeId::new),
                fields.parsed("tenant", TenantId::new),
                fields.integer("seq", 1, Long.MAX_VALUE - 1),
                fields.parsed("time", Position::moment),
                fields.parsed("prev", Digest::new));
    }

    private static Instant moment(String text) throws JsonException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new JsonException("not a moment");
        }
    }
}
