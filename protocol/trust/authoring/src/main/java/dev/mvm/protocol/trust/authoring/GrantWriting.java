package dev.mvm.protocol.trust.authoring;

import dev.mvm.json.Json;
import dev.mvm.protocol.trust.DocumentType;
import dev.mvm.protocol.trust.Grant;

/// Grants to JSON.
final class GrantWriting {
    private GrantWriting() {}

    static Json json(GrantDocument document) {
        var grant = document.grant();
        var json = Json.object()
                .put("schema", DocumentType.GRANT.newest())
                .put("tenant", grant.tenant().value())
                .put("version", grant.version())
                .put("net_id", grant.network().net().value())
                .put("subnet", grant.network().subnet().toString())
                .put("not_before", AuthoringShapes.moment(grant.notBefore()))
                .put("expires", AuthoringShapes.moment(grant.expires()))
                .put("quotas", AuthoringShapes.quotas(grant.quotas()))
                .put("pools", grant.pools().stream().map(GrantWriting::pool).toList())
                .put(
                        "runtimes",
                        grant.runtimes().stream().map(AuthoringShapes::runtime).toList());
        if (!grant.keys().isEmpty()) { // a grant without keys is what it was before there were any
            json.put("keys", grant.keys().stream().map(GrantWriting::key).toList());
        }
        json.put("mode", grant.mode().word());
        document.release().ifPresent(release -> json.put("release", release.json()));
        return json.end();
    }

    private static Json pool(Grant.Pool pool) {
        return Json.object()
                .put("pool", pool.pool().value())
                .put(
                        "revisions",
                        pool.revisions().stream()
                                .map(digest -> Json.of(digest.value()))
                                .toList())
                .put("ceiling", AuthoringShapes.resources(pool.ceiling()))
                .put(
                        "count",
                        Json.object()
                                .put("min", pool.count().min())
                                .put("max", pool.count().max())
                                .end())
                .put("flags", AuthoringShapes.flags(pool.flags()))
                .put("rates", AuthoringShapes.rates(pool.rates()))
                .end();
    }

    private static Json key(Grant.Key key) {
        return Json.object()
                .put("id", key.id().value())
                .put("purpose", key.purpose().word())
                .put("min_version", key.minVersion())
                .end();
    }
}
