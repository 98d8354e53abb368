package dev.mvm.agentd;

import dev.mvm.agentd.audit.Addresses;
import dev.mvm.agentd.audit.AuditedHostd;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.hostd.HostdSocket;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.keys.Attestor;
import dev.mvm.agentd.keys.BootAttestor;
import dev.mvm.agentd.keys.HostdKeys;
import dev.mvm.agentd.keys.KeyAccess;
import dev.mvm.agentd.memory.MemoryUse;
import dev.mvm.agentd.metrics.MeasuredHostd;
import dev.mvm.agentd.metrics.SleepTimes;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.protocol.trust.Role;
import java.time.InstantSource;
import java.util.List;

/// The connection to hostd: its observations, and its operations, which are measured and recorded.
final class HostModule {
    private static final String ATTEST = "attest.sock";

    final HostdSocket socket;
    final RunDirectory directory;
    final Observed observed;
    final MemoryUse memory = new MemoryUse(MemoryUse.SHOWN);
    final Tally tally;
    final MeasuredHostd measured;
    /// Operations that the reconciler asks for.
    final Hostd reconciling;
    /// Operations that operators ask for.
    final Hostd operated;

    /// Tenants' keys from the key service.
    final KeyAccess keys;

    final InstanceTurns turns = new InstanceTurns();
    private final ChangeListeners changes = new ChangeListeners();

    private HostModule(HostdSocket socket, RunDirectory directory, TrustModule trust, Attestor attestor) {
        this.socket = socket;
        this.directory = directory;
        this.observed = new Observed(socket, AgentLog::line);
        this.tally = new Tally();
        this.measured = new MeasuredHostd(socket, tally);
        var addresses = new Addresses();
        this.reconciling = new AuditedHostd(measured, trust.audits, addresses, trust.store::installed, "reconcile");
        this.operated = new AuditedHostd(measured, trust.audits, addresses, trust.store::installed, "operator");
        this.keys = new KeyAccess(
                new HostdKeys(measured),
                attestor,
                () -> observed.latest().isPresent()
                        && trust.store.roots().newest().value().roles().containsKey(Role.KEYS));
        var sleepTimes = new SleepTimes(tally);
        observed.listen(() -> observed.latest().ifPresent(addresses::observed));
        observed.listen(() -> observed.latest().ifPresent(sleepTimes::observed));
        observed.listen(changes);
    }

    static HostModule open(AgentConfig config, TrustModule trust) {
        return new HostModule(
                new HostdSocket(config.hostdSocket()),
                new RunDirectory(config.hostdSocket()),
                trust,
                new BootAttestor(config.hostdSocket().resolveSibling(ATTEST), InstantSource.system(), AgentLog::line));
    }

    /// Calls `listener` after every change of the observation and of hostd's run directory.
    void listen(Runnable listener) {
        changes.add(listener);
    }

    List<Service> services() {
        return List.of(
                Service.released("hostd", socket::close),
                new Loop("observed", observed),
                new Loop("run-directory", () -> directory.watch(changes, AgentLog::line)));
    }
}
