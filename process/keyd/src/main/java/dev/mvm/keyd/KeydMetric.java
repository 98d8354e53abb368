package dev.mvm.keyd;

import dev.mvm.metrics.Metric;
import java.util.List;

/// Metrics of keyd; docs/operations/metrics.md.
enum KeydMetric implements Metric {
    STATE("mvm_keyd_state", Type.GAUGE, "1 for the state that keyd is in.", List.of("state")),
    REQUESTS("mvm_keyd_requests_total", Type.COUNTER, "Requests by what became of them.", List.of("result")),
    ALARMS("mvm_keyd_alarms_total", Type.COUNTER, "Refusals that no honest client causes.", List.of()),
    PAIRS("mvm_keyd_pairs", Type.GAUGE, "Pairs of tenant and node with keys that can be opened.", List.of()),
    NODES("mvm_keyd_nodes_with_keys", Type.GAUGE, "Nodes that have some tenant's keys.", List.of()),
    KEYS("mvm_keyd_keys", Type.GAUGE, "Keys in the store.", List.of()),
    AUDIT("mvm_keyd_audit_records", Type.GAUGE, "Number of the audit's last record.", List.of()),
    ROOT_EXPIRES("mvm_keyd_root_expires_seconds", Type.GAUGE, "When the trust root expires, since 1970.", List.of());

    @SuppressWarnings("ImmutableEnumChecker") // a record of texts
    private final Description description;

    KeydMetric(String name, Type type, String help, List<String> labels) {
        this.description = new Description(name, type, help, labels);
    }

    @Override
    public Description description() {
        return description;
    }
}
