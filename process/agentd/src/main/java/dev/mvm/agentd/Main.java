package dev.mvm.agentd;

import dev.mvm.agentd.audit.Addresses;
import dev.mvm.agentd.audit.AuditMaintenance;
import dev.mvm.agentd.audit.AuditedHostd;
import dev.mvm.agentd.audit.CheckpointSigner;
import dev.mvm.agentd.audit.QuotaAudit;
import dev.mvm.agentd.audit.StateAudit;
import dev.mvm.agentd.audit.TenantAudits;
import dev.mvm.agentd.execute.Backoff;
import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.execute.InstanceTurns;
import dev.mvm.agentd.files.AgentStateFiles;
import dev.mvm.agentd.health.Health;
import dev.mvm.agentd.hostd.HostdSocket;
import dev.mvm.agentd.hostd.RunDirectory;
import dev.mvm.agentd.idle.IdleTracker;
import dev.mvm.agentd.idle.MemoryPressure;
import dev.mvm.agentd.idle.RestFile;
import dev.mvm.agentd.link.AgentAnswers;
import dev.mvm.agentd.link.CoordinatorChannel;
import dev.mvm.agentd.link.CoordinatorLink;
import dev.mvm.agentd.link.LogConsistency;
import dev.mvm.agentd.link.NodeFacts;
import dev.mvm.agentd.link.NodeReports;
import dev.mvm.agentd.link.SessionRelay;
import dev.mvm.agentd.link.VerbAnswers;
import dev.mvm.agentd.metrics.MeasuredHostd;
import dev.mvm.agentd.metrics.NodeMetrics;
import dev.mvm.agentd.metrics.SleepTimes;
import dev.mvm.agentd.metrics.Tally;
import dev.mvm.agentd.reconcile.ManualHolds;
import dev.mvm.agentd.reconcile.Observed;
import dev.mvm.agentd.reconcile.PassMetrics;
import dev.mvm.agentd.reconcile.Policies;
import dev.mvm.agentd.reconcile.Reconciler;
import dev.mvm.agentd.reconcile.StateDelivery;
import dev.mvm.agentd.reconcile.Verbs;
import dev.mvm.crypto.verifyjdk.JdkEd25519;
import dev.mvm.metrics.MetricsPort;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.Verifier;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import io.grpc.ManagedChannel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

/// `mvm-agentd --config FILE`.
public final class Main {
    private static final Duration INSTANCES_REST = Duration.ofMinutes(5);
    private static final Duration COORDINATOR_RESTS = Duration.ofSeconds(30);
    /// A report is all there is: what guests say cannot make more of them.
    private static final Duration BETWEEN_REPORTS = Duration.ofSeconds(1);

    private static final int FAILED = 1;
    private static final int WRONG_USAGE = 2;

    private Main() {}

    public static void main(String[] args) {
        if (args.length != 2 || !args[0].equals("--config")) {
            System.err.println("usage: mvm-agentd --config FILE");
            System.exit(WRONG_USAGE);
        }
        try {
            run(AgentConfig.read(Path.of(args[1])));
        } catch (AgentConfig.ConfigException | RefusedException e) {
            fail(String.valueOf(e.getMessage()));
        } catch (IOException | GeneralSecurityException e) {
            fail(e.getClass().getSimpleName() + ": " + e.getMessage());
        } catch (InterruptedException e) {
            System.exit(0);
        }
    }

    private static void fail(String why) {
        AgentLog.line("mvm-agentd: " + why);
        System.exit(FAILED);
    }

    private static void run(AgentConfig config)
            throws IOException, RefusedException, GeneralSecurityException, InterruptedException {
        var complaint = AgentConfinement.complaint(config.hardened());
        if (!complaint.isEmpty()) {
            fail(complaint);
        }
        var timer = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().daemon().name("certificates").factory());
        var channel = CoordinatorChannel.open(config.coordinator(), config.credential(), timer);
        var audits = new TenantAudits(
                config.stateDirectory().resolve("tenant-audits"),
                config.node(),
                new CheckpointSigner(config.credential(), AgentLog::line),
                config.retention(),
                InstantSource.system(),
                AgentLog::line);
        try (var hostd = new HostdSocket(config.hostdSocket())) {
            var link = build(config, hostd, channel, audits);
            var stop = new CountDownLatch(1);
            Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(() -> {
                link.interrupt();
                channel.shutdownNow();
                audits.close();
                stop.countDown();
            }));
            stop.await();
        }
        channel.awaitTermination(1, TimeUnit.SECONDS);
    }

    private static Thread build(AgentConfig config, HostdSocket hostd, ManagedChannel channel, TenantAudits audits)
            throws IOException, RefusedException {
        var clock = InstantSource.system();
        var random = new SecureRandom();
        var verifier = new Verifier(new JdkEd25519());
        var root = verifier.pinnedRoot(Files.readAllBytes(config.trustRoot()), config.trustPin());
        var trust = TrustStore.open(
                AgentStateFiles.open(config.stateDirectory().resolve("trust")),
                verifier,
                root,
                config.node(),
                clock,
                AgentLog::line);
        var audit = new AuditLog(config.stateDirectory().resolve("audit"), "agentd", clock, AgentLog::line);
        var holds =
                ManualHolds.open(AgentStateFiles.open(config.stateDirectory().resolve("manual")));
        var turns = new InstanceTurns();
        var backoff = new Backoff<InstanceId>(random, INSTANCES_REST);
        var observed = new Observed(hostd, AgentLog::line);
        var states = new StateAudit(audits);
        if (trust.installed().isPresent()) {
            states.begin(trust.installed().get());
        }
        var addresses = new Addresses();
        observed.listen(() -> observed.latest().ifPresent(addresses::observed));
        var tally = new Tally();
        var measured = new MeasuredHostd(hostd, tally);
        var sleepTimes = new SleepTimes(tally);
        observed.listen(() -> observed.latest().ifPresent(sleepTimes::observed));
        var reconciling = new AuditedHostd(measured, audits, addresses, trust::installed, "reconcile");
        var operated = new AuditedHostd(measured, audits, addresses, trust::installed, "operator");
        var delivery = new StateDelivery(
                trust, hostd, observed, new LogConsistency(channel), states::believed, audit, AgentLog::line);
        var executor =
                new Executor(reconciling, turns, backoff, config.conduct().parallel(), clock, AgentLog::line);
        var beside = new RunDirectory(config.hostdSocket());
        var rest = config.conduct().rest();
        var restFile = new RestFile(AgentStateFiles.open(config.stateDirectory().resolve("rest")));
        var rester = IdleTracker.open(rest, restFile, MemoryPressure.ofMachine(), AgentLog::line);
        var policies = new Policies(holds, rester, rest, config.conduct().prune());
        var reconciler =
                new Reconciler(trust, observed, policies, beside::guestsDown, executor, backoff, clock, AgentLog::line);
        reconciler.listen((outcome, took) -> tally.round(outcome.word(), took));
        reconciler.listen(new QuotaAudit(audits, () -> trust.floor().sequence())::planned);
        var changed = new ChangeSignal();
        var health = new Health(hostd, observed, changed::raise);
        var reports = new NodeReports(
                NodeFacts.read(config.node()), config.hardened(), beside, health, holds, audit, reconciler::last);
        var verbs = new Verbs(operated, observed, holds, turns, audit, clock, rester::wanted);
        var link = new CoordinatorLink(
                channel,
                trust,
                observed,
                reports,
                delivery,
                new VerbAnswers(verbs, reports, trust, observed, tally),
                new AgentAnswers(trust, observed, reconciler),
                new SessionRelay(channel, operated, AgentLog::line),
                reconciler,
                audits,
                tally,
                Backoff.ofOneOfMany(random, COORDINATOR_RESTS),
                clock,
                AgentLog::line);
        if (config.metricsListen().isPresent()) {
            var metrics = new NodeMetrics(
                    trust,
                    observed,
                    audit,
                    audits,
                    tally,
                    new NodeMetrics.Now(link::connected, measured::inProgress, executor::waiting),
                    config.credential(),
                    Path.of("/proc/pressure"),
                    clock);
            var passes = new PassMetrics(reconciler::last, rester::resting);
            var port = MetricsPort.open(config.metricsListen().get(), () -> metrics.text() + passes.text());
            AgentLog.line("metrics on port " + port.port());
        }
        Runnable look = () -> {
            reconciler.wake();
            changed.raise();
        };
        observed.listen(look);
        AgentLog.line("agent of node " + config.node() + ", " + (config.hardened() ? "hardened" : "dev") + " mode");
        start("observed", observed);
        start("health", health);
        start(
                "audits",
                new AuditMaintenance(
                        audits,
                        () -> StateAudit.tenants(trust.installed()),
                        gone -> audit.noted("retire_audit", gone, "expired")));
        start("reconcile", reconciler);
        start("beside-hostd", () -> beside.watch(look, AgentLog::line));
        start(
                "report",
                () -> changed.each(BETWEEN_REPORTS, () -> {
                    delivery.bringUpToDate();
                    link.report();
                }));
        return start("link", link);
    }

    private static Thread start(String name, Runnable loop) {
        return Thread.ofVirtual().name(name).start(loop);
    }
}
