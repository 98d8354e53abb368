package dev.mvm.agentd.metrics;

import dev.mvm.metrics.Metric;
import java.util.List;

/// The agent's metrics with their types and labels. `docs/operations/metrics.md` is the same table with the meaning
/// of each.
enum AgentMetric implements Metric {
    REQUESTS("mvm_agent_requests_total", Type.COUNTER, "Messages of the coordinator.", "type"),
    REQUESTS_FAILED(
            "mvm_agent_requests_failed_total", Type.COUNTER, "Requests of the coordinator that failed.", "type"),
    REQUESTS_LIMITED(
            "mvm_agent_requests_limited_total",
            Type.COUNTER,
            "Requests of the coordinator that were refused because too many were under way.",
            "type"),
    CONNECTIONS("mvm_agent_connections_total", Type.COUNTER, "Streams to the coordinator, by result.", "result"),
    CONNECTED("mvm_agent_connected", Type.GAUGE, "1 if the coordinator has answered on the present stream, else 0."),
    RECONCILE_RUNS("mvm_agent_reconcile_runs_total", Type.COUNTER, "Rounds of reconciliation, by outcome.", "outcome"),
    RECONCILE_DURATION(
            "mvm_agent_reconcile_duration_seconds", Type.HISTOGRAM, "Duration of a round of reconciliation."),
    OPERATIONS(
            "mvm_agent_operations_total",
            Type.COUNTER,
            "Operations of hostd that the agent asked for, by result.",
            "operation",
            "result"),
    OPERATION_DURATION(
            "mvm_agent_operation_duration_seconds",
            Type.HISTOGRAM,
            "Duration of operations that were done.",
            "operation"),
    OPERATIONS_IN_PROGRESS(
            "mvm_agent_operations_in_progress", Type.GAUGE, "Operations that hostd has not answered yet."),
    CHAINS_WAITING("mvm_agent_chains_waiting", Type.GAUGE, "Chains of planned steps that wait for a place."),
    AUDIT_RECORDS("mvm_agent_audit_records_total", Type.COUNTER, "Records that were written into tenants' audits."),
    AUDIT_UNWRITTEN(
            "mvm_agent_audit_unwritten_total", Type.COUNTER, "Records of tenants' audits that could not be written."),
    AGENT_REFUSALS("mvm_agent_refusals_total", Type.COUNTER, "Documents that the agent refused.", "reason"),
    HOSTD_REFUSALS(
            "mvm_hostd_refusals_total", Type.COUNTER, "Operations and connections that hostd refused.", "reason"),
    HOSTD_UP("mvm_hostd_up", Type.GAUGE, "1 if hostd answers the agent, else 0."),
    HOSTD_MODE("mvm_hostd_mode", Type.GAUGE, "1 for the mode that hostd says it is in.", "mode"),
    SEAL_DURATION(
            "mvm_hostd_seal_duration_seconds",
            Type.HISTOGRAM,
            "From the request to sleep until the snapshot was whole, as hostd measured it."),
    OPEN_DURATION(
            "mvm_hostd_open_duration_seconds",
            Type.HISTOGRAM,
            "From the request to wake until the guest ran again, as hostd measured it."),
    INSTANCES("mvm_instances", Type.GAUGE, "Instances on the node.", "state"),
    INSTANCES_MEMORY(
            "mvm_instances_memory_bytes", Type.GAUGE, "Memory of all instances, as the kernel counts it for cgroups."),
    MEMORY_PRESSURE(
            "mvm_instances_memory_pressure_ratio",
            Type.GAUGE,
            "Part of the last ten seconds in which some task of an instance waited for memory, 0 to 1."),
    QUOTA_USED("mvm_quota_used", Type.GAUGE, "Use of the quotas by all tenants together.", "quota"),
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
    FLOOR_SEQUENCE("mvm_floor_sequence", Type.GAUGE, "Sequence number below which the agent installs no state."),
    STATE_EXPIRES(
            "mvm_state_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the state in force expires; negative since it has."),
    GRANT_EXPIRES(
            "mvm_grant_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the first of the grants in force expires; negative since it has."),
    ROOT_VERSION("mvm_trust_root_version", Type.GAUGE, "Version of the newest trust root of the agent."),
    ROOT_AGE("mvm_trust_root_age_seconds", Type.GAUGE, "Seconds since the trust root was issued."),
    ROOT_EXPIRES(
            "mvm_trust_root_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the trust root expires; negative since it has."),
    CERTIFICATE_AGE(
            "mvm_agent_certificate_age_seconds", Type.GAUGE, "Seconds since the node's certificate became valid."),
    RENEWALS(
            "mvm_agent_certificate_renewals_total",
            Type.COUNTER,
            "Attempts to renew the node's certificate, by outcome.",
            "outcome"),
    CERTIFICATE_EXPIRES(
            "mvm_agent_certificate_expires_in_seconds",
            Type.GAUGE,
            "Seconds until the node's certificate expires; negative since it has."),
    KEY_AGE("mvm_agent_key_age_seconds", Type.GAUGE, "Seconds since the file of the node's private key was written."),
    PRESSURE_SOME(
            "mvm_pressure_waiting_seconds_total",
            Type.COUNTER,
            "Time in which some process of the node waited for the resource.",
            "resource"),
    PRESSURE_FULL(
            "mvm_pressure_stalled_seconds_total",
            Type.COUNTER,
            "Time in which every process of the node that had work waited for the resource.",
            "resource");

    @SuppressWarnings("ImmutableEnumChecker") // a record of immutable values
    private final Description description;

    AgentMetric(String name, Type type, String help, String... labels) {
        this.description = new Description(name, type, help, List.of(labels));
    }

    @Override
    public Description description() {
        return description;
    }
}
