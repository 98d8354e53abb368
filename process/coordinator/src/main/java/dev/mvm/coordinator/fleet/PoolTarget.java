package dev.mvm.coordinator.fleet;

import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.json.Json;
import dev.mvm.json.JsonException;
import dev.mvm.json.JsonFields;
import dev.mvm.model.Counts;
import dev.mvm.model.Digest;
import dev.mvm.model.PoolId;
import java.util.Optional;

/// The desired state of a pool on the whole fleet, within its grant.
///
/// @param chosen the revision that an operator has chosen; empty for the first revision in the grant
public record PoolTarget(PoolId pool, Counts counts, Optional<Digest> chosen) {
    /// Returns the target of a new pool: no instances.
    public static PoolTarget nothing(PoolId pool) {
        return new PoolTarget(pool, Counts.NONE, Optional.empty());
    }

    PoolTarget(JsonFields fields) throws JsonException {
        this(
                fields.parsed("pool", PoolId::new),
                new Counts(
                        fields.intBetween("running", 0, Counts.MAX),
                        fields.intBetween("warm", 0, Counts.MAX),
                        fields.intBetween("sleeping", 0, Counts.MAX)),
                fields.parsed("revision", text -> text.isEmpty() ? Optional.empty() : Optional.of(new Digest(text))));
    }

    public PoolTarget with(Counts next) {
        return new PoolTarget(pool, next, chosen);
    }

    public PoolTarget with(Optional<Digest> revision) {
        return new PoolTarget(pool, counts, revision);
    }

    /// Returns the revision that instances boot: the chosen one if it is granted, otherwise the first in the grant.
    public Digest revision(SignedGrant.Pool granted) {
        return chosen.filter(granted.revisions()::contains)
                .orElse(granted.revisions().getFirst());
    }

    Json.Obj json() {
        return Json.object()
                .put("pool", pool.value())
                .put("running", counts.running())
                .put("warm", counts.warm())
                .put("sleeping", counts.sleeping())
                .put("revision", chosen.map(Digest::value).orElse(""))
                .end();
    }
}
