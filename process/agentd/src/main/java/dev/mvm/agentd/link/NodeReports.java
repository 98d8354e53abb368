package dev.mvm.agentd.link;

import com.google.protobuf.ByteString;
import dev.mvm.agentd.credential.CertificateStatus;
import dev.mvm.agentd.credential.RenewalFault;
import dev.mvm.agentd.execute.RoundResult;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.model.Bytes;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NodeMode;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.KeyUse;
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
import java.util.stream.Stream;

/// Reports of the node to the coordinator: a hello about the node, and its instances.
public final class NodeReports {
    private static final String NO_PRESSURE = "memory pressure is not seen: no instance is put to sleep because of it";
    private static final String NOT_IN_STATE = "not_in_state"; // as hostd refuses what would bring it up
    private static final String SILENT = "hostd does not answer; its log on the node says why";

    private final Self self;
    private final RunDirectory directory;
    private final Health health;
    private final ManualHolds holds;
    private final AuditLog audit;
    private final Supplier<RoundResult> last;

    /// The node's description of itself but for what hostd knows.
    ///
    /// @param certificate gives the certificate as it is now
    /// @param memory of the microVMs
    /// @param attestation gives the identity for the key service, without bytes where there is no TPM; empty while
    ///     the node takes no key blobs
    public record Self(
            NodeFacts facts,
            NodeMode mode,
            Supplier<CertificateStatus> certificate,
            MemoryUse memory,
            Supplier<Optional<Bytes>> attestation) {}

    /// @param directory has hostd's reasons when it refuses to start
    /// @param last gives the last round
    public NodeReports(
            Self self,
            RunDirectory directory,
            Health health,
            ManualHolds holds,
            AuditLog audit,
            Supplier<RoundResult> last) {
        this.self = self;
        this.directory = directory;
        this.health = health;
        this.holds = holds;
        this.audit = audit;
        this.last = last;
    }

    /// The messages that describe the node: a hello, and a report of its instances while hostd answers.
    public List<NodeMessage> messages(Optional<Observation> observed, TrustStore trust) {
        var hello = Stream.of(hello(observed, trust));
        return Stream.concat(hello, observed.stream().map(latest -> report(latest, trust.installed())))
                .toList();
    }

    /// @param observed empty while hostd does not answer: the node is out of service then
    /// @param trust the agent's documents; the root version of the node is the lower one of its and hostd's
    NodeMessage hello(Optional<Observation> observed, TrustStore trust) {
        int version = trust.roots().newest().value().version();
        var facts = self.facts();
        var certificate = self.certificate().get();
        var node = Node.newBuilder()
                .setNode(facts.node().value())
                .setHostname(facts.hostname())
                .setArch(facts.arch())
                .setVcpus(facts.cpus())
                .setMemMib(facts.memMib())
                .setKernel(facts.kernel())
                .setMode(self.mode().word())
                .setCertificateExpires(certificate.expires().toString())
                .setCertificateFault(certificate.fault().map(RenewalFault::word).orElse(""))
                .setAgentVersion(facts.agentVersion())
                .setRootVersion(
                        Math.min(version, observed.map(Observation::root).orElse(version)));
        trust.floor()
                .log()
                .ifPresent(head ->
                        node.setLogSize(head.size()).setLogRoot(head.rootHash().value()));
        node.putAllRefusals(audit.refusals());
        observed.ifPresent(latest -> addHostds(latest, node));
        if (observed.isEmpty()) {
            var said = directory.outOfService();
            node.addAllOutOfService(said.isEmpty() ? List.of(SILENT) : said);
        }
        var hello = NodeMessage.Hello.newBuilder().setNode(node);
        self.attestation()
                .get()
                .ifPresent(identity ->
                        hello.setTakesKeyBlobs(true).setAttestationKey(ByteString.copyFrom(identity.array())));
        return NodeMessage.newBuilder().setHello(hello).build();
    }

    /// Adds hostd's own facts.
    private void addHostds(Observation latest, Node.Builder node) {
        latest.refusals().forEach((reason, count) -> node.putRefusals("hostd_" + reason, count));
        node.setMode(latest.mode())
                .setVmm(latest.vmm())
                .setAccelerator(latest.accelerator())
                .setSequenceInstalled(latest.sequence())
                .addAllLimits(latest.limits())
                .addAllLimits(self.memory().pressure().isPresent() ? List.of() : List.of(NO_PRESSURE))
                .addAllSecurity(
                        latest.security().stream().map(NodeReports::finding).toList());
    }

    static SecurityFinding finding(Observation.Finding finding) {
        return SecurityFinding.newBuilder()
                .setName(finding.name())
                .setHolds(finding.holds())
                .setFound(finding.found())
                .build();
    }

    NodeMessage report(Observation observed, Optional<InstalledState> installed) {
        var report = NodeMessage.Report.newBuilder().setKeyPeriod(observed.keyPeriod());
        var ofHostd = installed.filter(state -> state.state().value().sequence() == observed.sequence());
        for (var instance : observed.instances()) {
            report.addInstances(instance(instance, installed, ofHostd));
        }
        return NodeMessage.newBuilder().setReport(report).build();
    }

    /// A reported instance. One that has memory and that the state in force does not name has the reason
    /// `not_in_state` if there is no other.
    Instance instance(Observation.Instance instance, Optional<InstalledState> installed) {
        return instance(instance, installed, installed);
    }

    private Instance instance(
            Observation.Instance instance, Optional<InstalledState> installed, Optional<InstalledState> ofHostd) {
        var ip = installed
                .flatMap(state -> state.tenant(instance.address().tenant()))
                .map(tenant -> tenant.network().address(instance.slot()).toString())
                .orElse("");
        var out = Instance.newBuilder()
                .setAddress(instance.address().toString())
                .setState(instance.state().word())
                .setHealthy(health.healthy(instance))
                .setIp(ip)
                .setNode(self.facts().node().value())
                .setRevision(instance.revision().value())
                .setVcpus(instance.resources().vcpus())
                .setMemMib(instance.resources().memMib())
                .setReason(instance.reason()
                        .map(Label::value)
                        .or(() -> last.get().reason(instance.address()))
                        .or(() -> unnamed(instance, installed))
                        .orElse(""))
                .setStartedAt(moment(instance.started()))
                .setManualUntil(held(instance.address().instance()));
        instance.sleep().ifPresent(sleep -> out.setSleep(sleep(sleep)));
        keyPurposes(instance).forEach(purpose -> out.addKeys(key(instance, purpose, ofHostd)));
        return out.build();
    }

    /// Purposes of the keys that something of it lies under. Only hardened nodes have volumes, each from the first
    /// start of its instance.
    private Stream<KeyPurpose> keyPurposes(Observation.Instance instance) {
        boolean volume = self.mode() == NodeMode.HARDENED
                && instance.resources().diskGib() > 0
                && (instance.attached() || instance.started() > 0);
        var snapshot = instance.state() == InstanceState.SLEEPING
                ? Stream.of(KeyPurpose.SNAPSHOT)
                : Stream.<KeyPurpose>empty();
        return Stream.concat(snapshot, volume ? Stream.of(KeyPurpose.VOLUME) : Stream.empty());
    }

    /// Everything lies under the key that the state in force names, but for what hostd says may be behind: of that the
    /// version is not known here.
    private static KeyUse key(Observation.Instance instance, KeyPurpose purpose, Optional<InstalledState> ofHostd) {
        var use = KeyUse.newBuilder().setPurpose(purpose.word());
        ofHostd.filter(_ -> !instance.behind())
                .flatMap(state -> state.key(instance.address().poolAddress(), purpose))
                .ifPresent(key -> use.setKey(key.id().value()).setVersion(key.version()));
        return use.build();
    }

    private static Optional<String> unnamed(Observation.Instance instance, Optional<InstalledState> installed) {
        return installed
                .filter(state -> instance.state().holdsMemory()
                        && state.pool(instance.address().poolAddress()).isEmpty())
                .map(_ -> NOT_IN_STATE);
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
