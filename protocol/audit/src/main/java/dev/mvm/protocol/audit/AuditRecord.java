package dev.mvm.protocol.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import java.util.Arrays;
import java.util.Base64;

/// One line of a tenant's audit: JSON, members in a fixed order, no white space, printable ASCII, a line feed at the
/// end.
public sealed interface AuditRecord {
    /// Most bytes of a line, its end included.
    int MAX_BYTES = 8192;

    Position position();

    /// The line with its end.
    byte[] bytes();

    /// Reads a line with its end, strictly: only what an agent writes, in the spelling that it writes.
    ///
    /// @throws JsonException if no agent has written it; the message says where it differs
    static AuditRecord parse(byte[] line) throws JsonException {
        var fields = Json.parseObject(line, JsonLimits.signed(MAX_BYTES)).fields();
        var position = Position.read(fields);
        AuditRecord read = fields.optional("certificate").isPresent()
                ? Checkpoint.read(position, line)
                : new Entry(position, Fact.read(fields));
        if (!Arrays.equals(read.bytes(), line)) {
            throw new JsonException("it is not spelled as an agent spells it");
        }
        return read;
    }

    /// The line of `members`, which ends with the hash of the line before it.
    private static byte[] line(Json.Builder members, Position position) {
        var json = members.put("prev", position.previous().value()).end().bytes();
        var out = Arrays.copyOf(json, json.length + 1);
        out[json.length] = '\n';
        return out;
    }

    /// Something that happened.
    record Entry(Position position, Fact fact) implements AuditRecord {
        @Override
        public byte[] bytes() {
            var members = position.json();
            fact.put(members);
            return line(members, position);
        }
    }

    /// The agent's signature over everything before it. A chain whose older lines were removed begins with one.
    ///
    /// @param certificate the node's, X.509 in DER
    /// @param signature over [#signed], by the certificate's key; ASN.1 if that is one of a curve of NIST's
    record Checkpoint(Position position, Bytes certificate, Bytes signature) implements AuditRecord {
        private static final String CONTEXT = "mvm audit checkpoint v1\n";

        static Checkpoint read(Position position, byte[] line) throws JsonException {
            var fields = Json.parseObject(line, JsonLimits.signed(MAX_BYTES)).fields();
            Position.read(fields);
            return new Checkpoint(position, base64(fields, "certificate"), base64(fields, "signature"));
        }

        private static Bytes base64(JsonFields fields, String name) throws JsonException {
            return fields.parsed(name, text -> Bytes.of(Base64.getDecoder().decode(text)));
        }

        /// Returns the bytes signed for a checkpoint at `position`: a line of context, so that the key's
        /// signature means nothing else, and the checkpoint's own line with an empty signature.
        public static byte[] signed(Position position, Bytes certificate) {
            var line = new Checkpoint(position, certificate, Bytes.EMPTY).bytes();
            var context = CONTEXT.getBytes(US_ASCII);
            var out = Arrays.copyOf(context, context.length + line.length);
            System.arraycopy(line, 0, out, context.length, line.length);
            return out;
        }

        @Override
        public byte[] bytes() {
            var encoder = Base64.getEncoder();
            return line(
                    position.json()
                            .put("certificate", encoder.encodeToString(certificate.array()))
                            .put("signature", encoder.encodeToString(signature.array())),
                    position);
        }
    }
}
