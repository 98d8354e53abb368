package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.model.NodeMode;
import dev.mvm.model.Quotas;
import dev.mvm.model.Rates;
import dev.mvm.protocol.trust.Grant;

/// Grants to JSON, schema 1 or 2.
final class GrantWriting {
    private GrantWriting() {}

    /// The lowest schema that has everything that the grant says.
    static int schema(GrantDocument document) {
        var grant = document.grant();
        boolean first = document.release().isEmpty()
                && grant.mode() == NodeMode.DEV
                && grant.quotas().maxSleepingMemMib() == Quotas.UNLIMITED
                && grant.pools().stream().allMatch(pool -> pool.rates().equals(Rates.UNLIMITED));
        return first ? 1 : 2;
    }

    static Json json(GrantDocument document, int schema) {
        var grant = document.grant();
        var json = Json.object()
                .put("schema", schema)
                .put("tenant", grant.tenant().value())
                .put("version", grant.version())
                .put("net_id", grant.network().net().value())
                .put("subnet", grant.network().subnet().toString())
                .put("not_before", AuthoringShapes.moment(grant.notBefore()))
                .put("expires", AuthoringShapes.moment(grant.expires()))
                .put("quotas", AuthoringShapes.quotas(grant.quotas(), schema))
                .put(
                        "pools",
                        grant.pools().stream().map(pool -> pool(pool, schema)).toList());
        if (!grant.keys().isEmpty()) { // a grant without keys is what it was before there were any
            json.put("keys", grant.keys().stream().map(GrantWriting::key).toList());
        }
        if (schema > 1) {
            json.put("mode", grant.mode().word());
            document.release().ifPresent(release -> json.put("release", release.json()));
        }
        return json.end();
    }

    private static Json pool(Grant.Pool pool, int schema) {
        var json = Json.object()
                .put("pool", pool.pool().value())
                .put(
                        "revisions",
                        pool.revisions().stream().map(AuthoringShapes::revision).toList())
                .put("ceiling", AuthoringShapes.resources(pool.ceiling()))
                .put(
                        "count",
                        Json.object()
                                .put("min", pool.count().min())
                                .put("max", pool.count().max())
                                .end())
                .put("flags", AuthoringShapes.flags(pool.flags()));
        if (schema > 1) {
            json.put("rates", AuthoringShapes.rates(pool.rates()));
        }
        return json.end();
    }

    private static Json key(Grant.Key key) {
        return Json.object()
                .put("id", key.id().value())
                .put("purpose", key.purpose().word())
                .put("min_version", key.minVersion())
                .end();
    }
}
