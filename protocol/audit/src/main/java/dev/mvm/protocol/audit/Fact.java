package dev.mvm.protocol.audit;

import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Digest;
import java.util.Optional;

/// One fact of a record. Texts are cut to [#MAX_TEXT] characters of printable ASCII: parts of them may come from
/// anybody who was refused.
///
/// @param by who wanted it: `reconcile`, `operator`, `state` or `agent`
/// @param subject `tenant/pool/instance`, `tenant/pool`, `tenant` or `net N`
/// @param plan joins a decision, its outcome and root's receipt, with event and subject: [PlanHash]
/// @param state sequence number of the signed state in force, 0 without one
/// @param reason a stable code, empty where there is nothing to say
/// @param detail one line for people, may be empty
public record Fact(
        TenantEvent event,
        Phase phase,
        String by,
        String subject,
        Optional<Digest> plan,
        long state,
        String reason,
        String detail) {
    /// Most characters of a text.
    public static final int MAX_TEXT = 300;

    public Fact {
        by = cut(by);
        subject = cut(subject);
        reason = cut(reason);
        detail = cut(detail);
        if (state < 0) {
            throw new IllegalArgumentException("state " + state);
        }
    }

    /// Returns the fact of an event without a request.
    public static Fact noted(TenantEvent event, String by, String subject, long state, String detail) {
        return new Fact(event, Phase.NOTED, by, subject, Optional.empty(), state, "", detail);
    }

    /// The same action in another phase.
    public Fact then(Phase next, String why) {
        return new Fact(event, next, by, subject, plan, state, why, detail);
    }

    /// Another event that comes along with this one, in the same phase and for the same reason.
    public Fact alongside(TenantEvent other) {
        return new Fact(other, phase, by, subject, plan, state, reason, detail);
    }

    private static String cut(String text) {
        return text.substring(0, Math.min(text.length(), MAX_TEXT)).replaceAll("[^ -~]", "?");
    }

    void put(Json.Builder members) {
        members.put("event", event.word())
                .put("phase", phase.word())
                .put("by", by)
                .put("subject", subject)
                .put("plan", plan.map(Digest::value).orElse(""))
                .put("state", state)
                .put("reason", reason)
                .put("detail", detail);
    }

    static Fact read(JsonFields fields) throws JsonException {
        var event = fields.parsed("event", TenantEvent::of);
        var phase = fields.parsed("phase", Phase::of);
        var by = fields.string("by");
        var subject = fields.string("subject");
        var plan = fields.parsed(
                "plan", text -> text.isEmpty() ? Optional.<Digest>empty() : Optional.of(new Digest(text)));
        long state = fields.integer("state", 0, Long.MAX_VALUE);
        return new Fact(event, phase, by, subject, plan, state, fields.string("reason"), fields.string("detail"));
    }
}
