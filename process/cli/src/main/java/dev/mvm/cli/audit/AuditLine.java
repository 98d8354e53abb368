package dev.mvm.cli.audit;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonLimits;
import dev.mvm.protocol.trust.audit.AuditChain;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// One line of an audit file, parsed strictly: only the exact spelling of a daemon is accepted.
///
/// @param sequence its number in the chain
/// @param time whole seconds
/// @param texts values of [AuditChain#TEXTS], without or with the last
/// @param count number of identical refusals within the hour
/// @param previous hash of the line before it
record AuditLine(long sequence, Instant time, List<String> texts, long count, String previous) {
    /// Maximum length of a line in bytes, its end included.
    static final int MAX_BYTES = 8192;

    private static final int WITH_PLAN = 2;

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
        fields.end();
        if (!Arrays.equals(new AuditChain(sequence - 1, previous).next(time, texts, count), line)) {
            throw new JsonException("not spelled as a daemon spells it");
        }
        return new AuditLine(sequence, time, texts, count, previous);
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
