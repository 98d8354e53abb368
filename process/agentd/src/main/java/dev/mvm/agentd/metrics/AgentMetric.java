package dev.mvm.agentd.metrics;

import dev.mvm.metrics.Metric;
import java.util.List;

/// Everything that the agent says of its node, with its type and its labels. `docs/operations/metrics.md` is the same
/// table with the meaning of each.
enum AgentMetric implements Metric {
    REQUESTS("mvm_agent_requests_total", Type.COUNTER, "What the coordinator asked of the agent.", "type"),
    REQUESTS_FAILED(
            "mvm_agent_requests_failed_total", Type.COUNTER, "What the coordinator asked and was not done.", "type"),
    REQUESTS_LIMITED(
            "mvm_agent_requests_limited_total",
            Type.COUNTER,
            "What the coordinator asked while too much was being done already.",
            "type"),
    CONNECTIONS(
            "mvm_agent_connections_total",
            Type.COUNTER,
            "Streams to the coordinator, by what became of them.",
            "result"),
    CONNECTED("mvm_agent_connected", Type.GAUGE, "Whether the coordinator has answered on the present stream."),
    RECONCILE_RUNS(
            "mvm_agent_reconcile_runs_total", Type.COUNTER, "Rounds of reconcile, by what came of them.", "outcome"),
    RECONCILE_DURATION("mvm_agent_reconcile_duration_seconds", Type.HISTOGRAM, "How long a round of reconcile took."),
    OPERATIONS(
            "mvm_agent_operations_total",
            Type.COUNTER,
            "Operations that hostd was asked for, by what came of them.",
            "operation",
            "result"),
    OPERATION_DURATION(
            "mvm_agent_operation_duration_seconds",
            Type.HISTOGRAM,
            "How long an operation took that was done.",
            "operation"),
    OPERATIONS_IN_PROGRESS(
            "mvm_agent_operations_in_progress", Type.GAUGE, "Operations that hostd has not answered yet."),
    CHAINS_WAITING("mvm_agent_chains_waiting", Type.GAUGE, "Chains of planned steps that wait until another is done."),
    AUDIT_RECORDS("mvm_agent_audit_records_total", Type.COUNTER, "Records that were written into tenants' audits."),
    AUDIT_UNWRITTEN(
            "mvm_agent_audit_unwritten_total", Type.COUNTER, "Records of tenants' audits that could not be written."),
    AGENT_REFUSALS("mvm_agent_refusals_total", Type.COUNTER, "Documents that the agent refused.", "reason"),
    HOSTD_REFUSALS(
            "mvm_hostd_refusals_total", Type.COUNTER, "Operations and connections that hostd refused.", "reason"),
    HOSTD_UP("mvm_hostd_up", Type.GAUGE, "Whether hostd answers the agent."),
    SEAL_DURATION(
            "mvm_hostd_seal_duration_seconds",
            Type.HISTOGRAM,
            "From the request to sleep until the snapshot was whole, as hostd measured it."),
    OPEN_DURATION(
            "mvm_hostd_open_duration_seconds",
            Type.HISTOGRAM,
            "From the request to wake until the guest ran again, as hostd measured it."),
    INSTANCES("mvm_instances", Type.GAUGE, "Instances on the node.", "state"),
    QUOTA_USED("mvm_quota_used", Type.GAUGE, "What all tenants together use of their quotas.", "quota"),
    QUOTA_LIMIT("mvm_quota_limit", Type.GAUGE, "The quotas of all tenants together.", "quota"),
    QUOTA_FULLEST(
            "mvm_quota_fullest_ratio",
            Type.GAUGE,
            "The largest part that any tenant uses of its quota, 0 to 1.",
            "quota"),
    STATE_SEQUENCE(
            "mvm_state_sequence",
            Type.GAUGE,
            "Sequence number of the state that the agent has in force, 0 without one."),
    HOSTD_STATE_SEQUENCE(
            "mvm_hostd_state_sequence",
            Type.GAUGE,
            "Sequence number of the state that hostd has in force, 0 without one."),
    FLOOR_SEQUENCE("mvm_floor_sequence", Type.GAUGE, "Sequence number below which the agent takes no state."),
    STATE_EXPIRES(
            "mvm_state_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the state in force expires; negative since it has."),
    GRANT_EXPIRES(
            "mvm_grant_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the first of the grants in force expires; negative since it has."),
    ROOT_VERSION("mvm_trust_root_version", Type.GAUGE, "Version of the trust root that the agent believes."),
    ROOT_AGE("mvm_trust_root_age_seconds", Type.GAUGE, "Seconds since the trust root was issued."),
    ROOT_EXPIRES(
            "mvm_trust_root_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the trust root expires; negative since it has."),
    CERTIFICATE_AGE(
            "mvm_agent_certificate_age_seconds", Type.GAUGE, "Seconds since the node's certificate became valid."),
    CERTIFICATE_EXPIRES(
            "mvm_agent_certificate_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the node's certificate expires; negative since it has."),
    KEY_AGE("mvm_agent_key_age_seconds", Type.GAUGE, "Seconds since the file of the node's private key was written."),
    PRESSURE_SOME(
            "mvm_pressure_waiting_seconds_total",
            Type.COUNTER,
            "Time in which some process of the node waited for this.",
            "resource"),
    PRESSURE_FULL(
            "mvm_pressure_stalled_seconds_total",
            Type.COUNTER,
            "Time in which every process of the node that had work waited for this.",
            "resource");

    @SuppressWarnings("ImmutableEnumChecker") // a record of what does not change
    private final Description description;

    AgentMetric(String name, Type type, String help, String... labels) {
        this.description = new Description(name, type, help, List.of(labels));
    }

    @Override
    public Description description() {
        return description;
    }
}
