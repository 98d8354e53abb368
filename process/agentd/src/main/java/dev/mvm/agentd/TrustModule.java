package dev.mvm.agentd;

import dev.mvm.agentd.audit.AuditMaintenance;
import dev.mvm.agentd.audit.CheckpointSigner;
import dev.mvm.agentd.audit.StateAudit;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.credential.Credentials;
import dev.mvm.agentd.reconcile.Evidence;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.NodeClocks;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.nio.file.Files;
import java.security.GeneralSecurityException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/// Documents that the agent believes, its credential, and its audits: of refusals, and of each tenant.
final class TrustModule {
    final TrustStore store;
    final Credentials credentials;
    final AuditLog refusals;
    final TenantAudits audits;
    final StateAudit states;
    final Evidence evidence;

    private TrustModule(
            TrustStore store, Credentials credentials, AuditLog refusals, TenantAudits audits, Evidence evidence) {
        this.store = store;
        this.credentials = credentials;
        this.refusals = refusals;
        this.audits = audits;
        this.states = new StateAudit(audits);
        this.evidence = evidence;
    }

    /// Reads and verifies the trust root and the stored state.
    ///
    /// @throws RefusedException if the trust root is not the pinned one
    /// @throws GeneralSecurityException if the credential is not one
    /// @throws IOException if credential or state directory cannot be read, or the latter is damaged
    static TrustModule open(AgentConfig config) throws IOException, RefusedException, GeneralSecurityException {
        var clock = InstantSource.system();
        var verifier = new Verifier(new JdkEd25519());
        var store = TrustStore.open(
                AgentStateFiles.open(config.stateDirectory().resolve("trust")),
                verifier,
                verifier.pinnedRoot(Files.readAllBytes(config.trustRoot()), config.trustPin()),
                config.node(),
                config.mode(),
                new NodeClocks(clock, Uptime.ofThisNode()),
                AgentLog::line);
        var credentials = Credentials.open(
                config.credential(),
                AgentStateFiles.open(config.stateDirectory().resolve("renewed")),
                config.node(),
                clock,
                AgentLog::line);
        var audits = new TenantAudits(
                config.stateDirectory().resolve("tenant-audits"),
                config.node(),
                new CheckpointSigner(credentials::current, AgentLog::line),
                config.retention(),
                clock,
                AgentLog::line);
        var refusals = new AuditLog(
                config.stateDirectory().resolve("audit"), "agentd", clock, AgentLog::line, Optional.empty());
        var evidence = new Evidence(AgentStateFiles.open(config.stateDirectory().resolve("evidence")), AgentLog::line);
        var out = new TrustModule(store, credentials, refusals, audits, evidence);
        var installed = store.installed();
        if (installed.isPresent()) {
            out.states.begin(installed.get());
        }
        return out;
    }

    List<Service> services() {
        var maintenance = new AuditMaintenance(
                audits,
                () -> StateAudit.tenants(store.installed()),
                expired -> refusals.noted("retire_audit", expired, "expired"));
        return List.of(Service.released("tenant-audits", audits::close), new Loop("audits", maintenance));
    }
}
