package dev.mvm.agentd;

import dev.mvm.agentd.audit.QuotaAudit;
import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.idle.IdleFile;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.agentd.reconcile.Policies;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.agentd.reconcile.Verbs;
import java.io.IOException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;

/// The reconciler, and the verbs of operators that it has to give way to.
final class ReconcileModule {
    private static final Duration LONGEST_BACKOFF = Duration.ofMinutes(5);

    final ManualHolds holds;
    final IdleTracker idle;
    final Executor executor;
    final Reconciler reconciler;
    final Verbs verbs;

    private ReconcileModule(
            ManualHolds holds, IdleTracker idle, ReconcileSettings settings, TrustModule trust, HostModule host) {
        var clock = InstantSource.system();
        this.holds = holds;
        this.idle = idle;
        this.executor = new Executor(
                host.reconciling,
                host.turns,
                new Backoff<>(new SecureRandom(), LONGEST_BACKOFF),
                settings.parallel(),
                clock,
                AgentLog::line);
        this.reconciler = new Reconciler(
                trust.store,
                host.observed,
                new Policies(holds, idle, settings.idle(), settings.prune()),
                host.directory::guestsDown,
                executor,
                clock,
                AgentLog::line);
        this.verbs = new Verbs(host.operated, host.observed, holds, host.turns, trust.refusals, clock, idle::requested);
    }

    /// Reads what operators hold in place and which instances were idle.
    ///
    /// @throws IOException if the state directory cannot be read
    static ReconcileModule open(AgentConfig config, TrustModule trust, HostModule host) throws IOException {
        var holds =
                ManualHolds.open(AgentStateFiles.open(config.stateDirectory().resolve("manual")));
        var file = new IdleFile(AgentStateFiles.open(config.stateDirectory().resolve("rest")));
        var settings = config.reconcile();
        var idle = IdleTracker.open(settings.idle(), file, host.memory::pressure, AgentLog::line);
        var out = new ReconcileModule(holds, idle, settings, trust, host);
        out.reconciler.listen((outcome, took) -> host.tally.round(outcome.word(), took));
        out.reconciler.listen(
                new QuotaAudit(trust.audits, () -> trust.store.floor().sequence())::planned);
        host.listen(out.reconciler::wake);
        return out;
    }

    List<Service> services() {
        return List.of(new Loop("reconcile", reconciler, reconciler::stop));
    }
}
