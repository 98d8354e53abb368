package dev.mvm.keyd.rpc;

import dev.mvm.json.Json;
import dev.mvm.keyd.audit.ReleaseAudit;
import dev.mvm.keyd.documents.Documents;
import dev.mvm.keyd.release.ReleaseService;
import dev.mvm.keyd.release.TenantKeys;
import java.util.Map;

/// The state of keyd, for anybody who asks; docs/operations/keyd.md says what the members mean. Nothing of it is
/// secret.
record StatusReport(Documents documents, TenantKeys keys, ReleaseService releases, ReleaseAudit audit) {
    /// @param counts of requests
    /// @param pending what the store has not been told yet, in words; empty if nothing
    Json.Obj json(Map<String, Long> counts, String pending) {
        var store = keys.status();
        var root = documents.root();
        return Json.object()
                .put("state", store.state().word())
                .put("reason", store.reason())
                .put("fleet", documents.fleet().value())
                .put("root", root.value().version())
                .put("root_expires", root.value().expires().toString())
                .put("key", releases.key().id().value())
                .put("standby", store.standby())
                .put("master", store.master())
                .put("epoch", store.epoch())
                .put("generation", store.generation())
                .put("pending", store.pending().isEmpty() ? pending : store.pending())
                .put("keys", store.keys())
                .put("versions", store.versions())
                .put("log_size", releases.logSize())
                .put("audit", audit.sequence())
                .put("alarms", audit.alarms())
                .put("documents", documentCounts())
                .put("counters", counters(counts))
                .end();
    }

    private Json documentCounts() {
        return Json.object()
                .put("grants", documents.grants().size())
                .put("nodes", documents.nodes().size())
                .put("tombstones", documents.tombstones().size())
                .put(
                        "measurements",
                        documents
                                .measurements()
                                .map(each -> each.value().version())
                                .orElse(0))
                .end();
    }

    private Json counters(Map<String, Long> counts) {
        var counters = Json.object();
        counts.forEach((name, value) -> counters.put(name, value));
        releases.counts().forEach((name, value) -> counters.put(name, value));
        return counters.end();
    }
}
