package dev.mvm.keyd.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/// An audit in one file, and whether it is whole: records, a line each, and as the last line the signed head.
public final class AuditVerification {
    private AuditVerification() {}

    /// An audit that is whole.
    ///
    /// @param first number of the first record
    /// @param last number of the last record
    /// @param head keyd's word
    /// @param alarms how many records are alarms
    public record Found(long first, long last, AuditHead head, long alarms) {}

    /// An audit that is not what keyd wrote.
    public static final class BrokenAuditException extends Exception {
        @java.io.Serial
        private static final long serialVersionUID = 1L;

        BrokenAuditException(String message) {
            super(message);
        }
    }

    /// Writes an audit into one file.
    ///
    /// @param directory of the records
    /// @param head the signed head
    public static void export(Path directory, byte[] head, OutputStream out) throws IOException {
        for (var file : new AuditFiles(directory).files()) {
            Files.copy(file, out);
        }
        out.write(head);
        out.write('\n');
    }

    /// Verifies that no record is altered, missing inside or moved, and that the signed head names the last record.
    ///
    /// @param key of keyd, from the trust root
    /// @throws BrokenAuditException if not; the message says where
    public static Found verify(Path file, Verifier verifier, VerifyKey key) throws IOException, BrokenAuditException {
        long first = 0;
        long alarms = 0;
        var chain = Optional.<AuditChain>empty();
        var head = "";
        try (var lines = Files.newBufferedReader(file, ISO_8859_1)) {
            for (var line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.startsWith("{\"payloadType\"")) {
                    head = line;
                    continue;
                }
                if (!head.isEmpty()) {
                    throw new BrokenAuditException("a record after the signed head");
                }
                var record = record(line);
                if (chain.isEmpty()) {
                    first = record.sequence;
                    chain = Optional.of(new AuditChain(first - 1, record.previous));
                }
                var before = chain.get();
                if (record.sequence != before.sequence() + 1 || !record.previous.equals(before.hash())) {
                    throw new BrokenAuditException("record " + record.sequence + " does not follow record "
                            + before.sequence() + ": one was altered, removed or moved");
                }
                alarms += record.alarm ? 1 : 0;
                chain = Optional.of(before.after((line + "\n").getBytes(ISO_8859_1)));
            }
        }
        return found(first, chain.orElse(AuditChain.EMPTY), head, alarms, verifier, key);
    }

    private static Found found(long first, AuditChain chain, String head, long alarms, Verifier verifier, VerifyKey key)
            throws BrokenAuditException {
        if (first == 0 || head.isEmpty()) {
            throw new BrokenAuditException("the last line is not the signed head");
        }
        try {
            var signed = AuditHead.verified(verifier, key, head.getBytes(ISO_8859_1));
            if (signed.sequence() != chain.sequence() || !signed.hash().equals(chain.hash())) {
                throw new BrokenAuditException("the signed head names record " + signed.sequence()
                        + ", the last one here is " + chain.sequence() + " or was altered");
            }
            return new Found(first, chain.sequence(), signed, alarms);
        } catch (RefusedException e) {
            throw new BrokenAuditException("the head: " + e.getMessage());
        }
    }

    private record Line(long sequence, String previous, boolean alarm) {}

    private static Line record(String line) throws BrokenAuditException {
        try {
            var members = Json.parseObject(line.getBytes(ISO_8859_1), JsonLimits.signed(8192))
                    .fields();
            return new Line(
                    members.integer("seq", 1, Long.MAX_VALUE - 1),
                    members.string("prev"),
                    members.string("result").equals(AuditEntry.Result.ALARM.word()));
        } catch (JsonException e) {
            throw new BrokenAuditException("a line that is no record: " + e.getMessage());
        }
    }
}
