package dev.mvm.cli.audit;

import dev.mvm.crypto.verify.SignatureCheck;
import dev.mvm.crypto.verify.VerifyKey;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.model.Bytes;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/// One line of an audit file, parsed strictly: only the exact spelling of a daemon is accepted.
///
/// @param sequence its number in the chain
/// @param time whole seconds
/// @param texts values of [AuditChain#TEXTS], without or with the last
/// @param count number of identical refusals within the hour
/// @param previous hash of the line before it
/// @param signature of the daemon, if it signs
record AuditLine(
        long sequence, Instant time, List<String> texts, long count, String previous, Optional<Bytes> signature) {
    /// Maximum length of a line in bytes, its end included.
    static final int MAX_BYTES = 8192;

    private static final int WITH_PLAN = 2;
    private static final String SIGNATURE = "signature";

    AuditLine {
        texts = List.copyOf(texts);
    }

    /// Parses a line with its end.
    ///
    /// @throws JsonException if the line differs from what a daemon writes; the message names the difference
    static AuditLine parse(byte[] line) throws JsonException {
        var fields = Json.parseObject(line, JsonLimits.signed(MAX_BYTES)).fields();
        boolean plan = fields.integer("schema", 1, WITH_PLAN) == WITH_PLAN;
        long sequence = fields.integer("seq", 1, Long.MAX_VALUE - 1);
        var time = fields.parsed("time", AuditLine::moment);
        var texts = new ArrayList<String>();
        for (var name : AuditChain.TEXTS.subList(0, plan ? AuditChain.TEXTS.size() : AuditChain.WITHOUT_PLAN)) {
            texts.add(fields.string(name));
        }
        long count = fields.integer("count", 1, Long.MAX_VALUE);
        var previous = fields.string("prev");
        var signature = fields.has(SIGNATURE)
                ? Optional.of(fields.parsed(SIGNATURE, AuditLine::bytes))
                : Optional.<Bytes>empty();
        fields.end();
        var read = new AuditLine(sequence, time, texts, count, previous, signature);
        if (!Arrays.equals(read.written(), line)) {
            throw new JsonException("not spelled as a daemon spells it");
        }
        return read;
    }

    private static Bytes bytes(String base64) throws JsonException {
        try {
            return Bytes.of(Base64.getDecoder().decode(base64));
        } catch (IllegalArgumentException e) {
            throw new JsonException("not Base64");
        }
    }

    private byte[] unsigned() {
        return new AuditChain(sequence - 1, previous).next(time, texts, count);
    }

    private byte[] written() {
        return signature.map(bytes -> AuditChain.with(unsigned(), bytes)).orElseGet(this::unsigned);
    }

    /// Returns whether the line has a signature by this key.
    boolean isSignedBy(VerifyKey key, SignatureCheck check) {
        return signature.isPresent()
                && check.valid(
                        key, AuditChain.message(unsigned()), signature.get().array());
    }

    private static Instant moment(String text) throws JsonException {
        try {
            return Instant.parse(text);
        } catch (DateTimeParseException e) {
            throw new JsonException("not a time");
        }
    }

    /// Returns the name of the daemon that wrote the line.
    String daemon() {
        return text("daemon");
    }

    /// Returns the text member `name`; empty text for the `plan` of a line that has none.
    String text(String name) {
        int index = AuditChain.TEXTS.indexOf(name);
        return index < texts.size() ? texts.get(index) : "";
    }
}
