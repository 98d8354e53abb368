package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonFields.Reading;
import dev.mvm.model.Digest;
import dev.mvm.model.NodeId;
import dev.mvm.protocol.trust.Rfc3339;
import java.util.Optional;

/// Reads node documents, which are JSON, schema 1 or 2.
final class NodeReading {
    private static final int MAX_KEYS = 8;

    private NodeReading() {}

    static NodeDocument read(byte[] payload, int schema) throws JsonException {
        return NodeDocument.TYPE.read(payload, schema, fields -> node(fields, schema));
    }

    private static NodeDocument node(JsonFields fields, int schema) throws JsonException {
        var keys = fields.strings("keys", MAX_KEYS, text -> text);
        return new NodeDocument(
                fields.parsed("fleet", Digest::new),
                fields.parsed("node", NodeId::new),
                fields.intBetween("version", 1, Integer.MAX_VALUE),
                fields.parsed("issued_at", Rfc3339::parse),
                fields.parsed("expires", Rfc3339::parse),
                schema == 1 ? Optional.empty() : NodeKeyText.in(keys),
                schema == 1 ? NodeTraits.NOTHING_SAID : traits(fields));
    }

    private static NodeTraits traits(JsonFields fields) throws JsonException {
        return new NodeTraits(
                fields.strings("labels", NodeTraits.MAX_LABELS, NodeLabel::new),
                fields.parsed("domain", text -> unlessEmpty(text, NodeLabel::new)),
                fields.object("largest", NodeReading::largest),
                fields.intBetween("max_tenants", 1, NodeTraits.MOST_TENANTS),
                fields.parsed("reboot", Reboot::of),
                fields.parsed("ek", text -> unlessEmpty(text, Digest::new)),
                fields.strings("admitted", NodeTraits.MAX_ADMITTED, BootId::new));
    }

    private static NodeTraits.Largest largest(JsonFields fields) throws JsonException {
        return new NodeTraits.Largest(
                fields.intBetween("vcpus", 1, NodeTraits.Largest.MOST_VCPUS),
                fields.intBetween("mem_mib", NodeTraits.Largest.LEAST_MEM_MIB, NodeTraits.Largest.MOST_MEM_MIB));
    }

    private static <T> Optional<T> unlessEmpty(String text, Reading<String, T> reading) throws JsonException {
        return text.isEmpty() ? Optional.empty() : Optional.of(reading.of(text));
    }
}
