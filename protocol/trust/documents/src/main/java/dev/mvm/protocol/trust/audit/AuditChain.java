package dev.mvm.protocol.trust.audit;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.json.Json;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import java.io.IOException;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Base64;
import java.util.List;

/// The end of a chain of records. A record is one line of JSON, members in a fixed order, no white space; each names
/// the SHA-256 of the line before it, with the line's end.
///
/// @param sequence number of the last record, 0 before the first
/// @param hash of the last line, 64 hexadecimal digits; zeros before the first
public record AuditChain(long sequence, String hash) {
    /// The texts of a record, in their order; `docs/operations/audit.md` says what they mean.
    public static final List<String> TEXTS =
            List.of("daemon", "action", "subject", "result", "reason", "detail", "plan");

    /// The texts of a record that has no `plan`.
    public static final int WITHOUT_PLAN = 6;

    /// Most characters of a text.
    public static final int MAX_TEXT = 300;

    /// First part of the message that a record's signature is of; the second is the line without its `signature`.
    public static final String SIGNED = "mvm audit record v1\n";

    /// The chain without records.
    public static final AuditChain EMPTY = new AuditChain(0, "0".repeat(64));

    /// Signs the records of a daemon.
    @FunctionalInterface
    public interface Signer {
        /// Returns the Ed25519 signature of a message, 64 bytes.
        Bytes sign(byte[] message) throws IOException;
    }

    /// The line, with its end, of the next record, without a signature.
    ///
    /// @param texts values of [#TEXTS], without or with the last, cut to [#MAX_TEXT] characters of printable ASCII:
    ///     the refused client may have made up parts of them
    /// @param count how often the very same was refused within the hour, this time included
    public byte[] next(Instant time, List<String> texts, long count) {
        int schema = texts.size() == WITHOUT_PLAN ? 1 : 2;
        var members = Json.object().put("schema", schema).put("seq", sequence + 1);
        members.put("time", time.truncatedTo(ChronoUnit.SECONDS).toString());
        for (int i = 0; i < texts.size(); i++) {
            var text = texts.get(i).substring(0, Math.min(texts.get(i).length(), MAX_TEXT));
            members.put(TEXTS.get(i), text.replaceAll("[^ -~]", "?"));
        }
        var json = members.put("count", count).put("prev", hash).end();
        return (new String(json.bytes(), US_ASCII) + "\n").getBytes(US_ASCII);
    }

    /// Returns the message that the signature of a record is of.
    ///
    /// @param line without a signature
    public static byte[] message(byte[] line) {
        return (SIGNED + new String(line, US_ASCII)).getBytes(US_ASCII);
    }

    /// Returns `line` with a signature as its last member.
    public static byte[] with(byte[] line, Bytes signature) {
        var open = new String(line, 0, line.length - 2, US_ASCII); // without "}" and the line feed
        return (open + ",\"signature\":\"" + Base64.getEncoder().encodeToString(signature.array()) + "\"}\n")
                .getBytes(US_ASCII);
    }

    /// The chain with `line` as its last.
    public AuditChain after(byte[] line) {
        return new AuditChain(sequence + 1, Digest.of(line).hex());
    }
}
