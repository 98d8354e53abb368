package dev.mvm.agentd.link;

import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.health.Health;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Node;
import dev.mvm.protocol.control.v1.NodeMessage;
import dev.mvm.protocol.control.v1.SecurityFinding;
import dev.mvm.protocol.control.v1.Sleep;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// What the node tells the coordinator about itself.
public final class NodeReports {
    private static final String SILENT = "hostd does not answer; its log on the node says why";

    private final NodeFacts facts;
    private final boolean hardened;
    private final RunDirectory beside;
    private final Health health;
    private final ManualHolds holds;
    private final AuditLog audit;
    private final Supplier<RoundResult> last;

    /// @param beside where hostd says why it does not run
    /// @param last what came of the last round
    public NodeReports(
            NodeFacts facts,
            boolean hardened,
            RunDirectory beside,
            Health health,
            ManualHolds holds,
            AuditLog audit,
            Supplier<RoundResult> last) {
        this.facts = facts;
        this.hardened = hardened;
        this.beside = beside;
        this.health = health;
        this.holds = holds;
        this.audit = audit;
        this.last = last;
    }

    /// @param observed empty while hostd does not answer: the node is out of service then
    /// @param trust what the agent believes; of roots the node has what both it and hostd have
    NodeMessage hello(Optional<Observation> observed, TrustStore trust) {
        int version = trust.roots().newest().value().version();
        var node = Node.newBuilder()
                .setNode(facts.node().value())
                .setHostname(facts.hostname())
                .setArch(facts.arch())
                .setVcpus(facts.cpus())
                .setMemMib(facts.memMib())
                .setKernel(facts.kernel())
                .setMode(hardened ? "hardened" : "dev")
                .setAgentVersion(facts.agentVersion())
                .setRootVersion(
                        Math.min(version, observed.map(Observation::root).orElse(version)));
        trust.floor()
                .log()
                .ifPresent(head ->
                        node.setLogSize(head.size()).setLogRoot(head.rootHash().value()));
        node.putAllRefusals(audit.refusals());
        observed.ifPresent(
                seen -> seen.refusals().forEach((reason, count) -> node.putRefusals("hostd_" + reason, count)));
        observed.ifPresent(seen -> node.setMode(seen.mode())
                .setVmm(seen.vmm())
                .setAccelerator(seen.accelerator())
                .setSequenceInstalled(seen.sequence())
                .addAllLimits(seen.limits())
                .addAllSecurity(
                        seen.security().stream().map(NodeReports::finding).toList()));
        if (observed.isEmpty()) {
            var said = beside.outOfService();
            node.addAllOutOfService(said.isEmpty() ? List.of(SILENT) : said);
        }
        return NodeMessage.newBuilder()
                .setHello(NodeMessage.Hello.newBuilder().setNode(node))
                .build();
    }

    static SecurityFinding finding(Observation.Finding finding) {
        return SecurityFinding.newBuilder()
                .setName(finding.name())
                .setHolds(finding.holds())
                .setFound(finding.found())
                .build();
    }

    NodeMessage report(Observation observed, Optional<InstalledState> installed) {
        var report = NodeMessage.Report.newBuilder();
        for (var instance : observed.instances()) {
            report.addInstances(instance(instance, installed));
        }
        return NodeMessage.newBuilder().setReport(report).build();
    }

    Instance instance(Observation.Instance instance, Optional<InstalledState> installed) {
        var ip = installed
                .flatMap(state -> state.tenant(instance.address().tenant()))
                .map(tenant -> tenant.network().address(instance.slot()).toString())
                .orElse("");
        var out = Instance.newBuilder()
                .setAddress(instance.address().toString())
                .setState(instance.state().word())
                .setHealthy(health.healthy(instance))
                .setIp(ip)
                .setNode(facts.node().value())
                .setRevision(instance.revision().value())
                .setVcpus(instance.resources().vcpus())
                .setMemMib(instance.resources().memMib())
                .setReason(instance.reason()
                        .map(Label::value)
                        .or(() -> last.get().reason(instance.address()))
                        .orElse(""))
                .setStartedAt(moment(instance.started()))
                .setManualUntil(held(instance.address().instance()));
        instance.sleep().ifPresent(sleep -> out.setSleep(sleep(sleep)));
        return out.build();
    }

    private static Sleep sleep(Observation.Sleep sleep) {
        return Sleep.newBuilder()
                .setEpoch(sleep.epoch())
                .setMemoryBytes(sleep.memoryBytes())
                .setSealedBytes(sleep.sealedBytes())
                .setSealMillis(sleep.sealMillis())
                .setOpenMillis(sleep.openMillis())
                .setSleptAt(moment(sleep.at()))
                .build();
    }

    private String held(InstanceId id) {
        return holds.until(id).map(Instant::toString).orElse("");
    }

    private static String moment(long second) {
        return second == 0 ? "" : Instant.ofEpochSecond(second).toString();
    }
}
