package dev.mvm.coordinator.metrics;

import dev.mvm.metrics.Metric;
import java.util.List;

/// The metrics of a coordinator and its fleet, each with its type and its labels.
/// `docs/operations/metrics.md` is the same table with the meaning of each.
public enum CoordinatorMetric implements Metric {
    REQUESTS("mvm_coordinator_requests_total", Type.COUNTER, "Calls, by where they came in.", "port", "method"),
    REQUESTS_FAILED(
            "mvm_coordinator_requests_failed_total",
            Type.COUNTER,
            "Calls that were refused or failed, by why.",
            "method",
            "reason"),
    REQUEST_DURATION(
            "mvm_coordinator_request_duration_seconds",
            Type.HISTOGRAM,
            "How long an operator's call took that is one question and one answer.",
            "method"),
    CONNECTIONS(
            "mvm_coordinator_connections_total",
            Type.COUNTER,
            "Connections, by where they came in and whether there was room.",
            "port",
            "result"),
    NODES("mvm_coordinator_nodes", Type.GAUGE, "Nodes of the fleet, by whether they are connected.", "link"),
    INSTANCES("mvm_coordinator_instances", Type.GAUGE, "Instances, as their nodes have reported them.", "state"),
    SESSIONS("mvm_coordinator_sessions", Type.GAUGE, "Sessions between an operator and a guest."),
    STORE_UP("mvm_coordinator_store_up", Type.GAUGE, "Whether the store answers."),
    LOG_SIZE("mvm_coordinator_log_states", Type.GAUGE, "Signed states in the log."),
    KEYD_UP("mvm_coordinator_keyd_up", Type.GAUGE, "Whether the key service answers and serves."),
    KEYD_LACKING("mvm_coordinator_keyd_documents_lacking", Type.GAUGE, "Documents that the key service lacks."),
    KEY_ROUNDS(
            "mvm_coordinator_key_rounds_total",
            Type.COUNTER,
            "Rounds of challenge, statement and blob, by how they have ended.",
            "result"),
    CERTIFICATE_EXPIRES(
            "mvm_coordinator_certificate_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the server's certificate expires; negative since it has."),
    AUTHORITY_EXPIRES(
            "mvm_coordinator_authority_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the certificate of the fleet's authority expires; negative since it has.");

    @SuppressWarnings("ImmutableEnumChecker") // a record of what does not change
    private final Description description;

    CoordinatorMetric(String name, Type type, String help, String... labels) {
        this.description = new Description(name, type, help, List.of(labels));
    }

    @Override
    public Description description() {
        return description;
    }
}
