package dev.mvm.hostd.host;

import dev.mvm.hostd.key.KeySource;
import dev.mvm.hostd.policy.AllowedOperations;
import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.TenantNet;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiFunction;
import java.util.function.Consumer;

/// Every operation but observation and exec: decided by policy, written down, done, written down again.
///
/// Thread-safe. An instance has one operation at a time; a second one is refused as busy rather than queued,
/// because whoever asked for it did so without knowing of the first.
public final class Host {
    private final TrustStore trust;
    private final KeySource keys;
    private final Registry registry;
    private final Networks networks;
    private final Machines machines;
    private final Changes changes;
    private final AuditLog audit;
    private final InstanceLocks locks = new InstanceLocks();
    private final Consumer<String> log;
    private final Sleeping sleeping;

    /// Held while a decision that depends on all instances is made and written down: two starts must not both see
    /// the last free place.
    private final Object decisions = new Object();

    public Host(
            TrustStore trust,
            KeySource keys,
            Registry registry,
            Networks networks,
            Machines machines,
            Changes changes,
            AuditLog audit,
            Consumer<String> log) {
        this.trust = trust;
        this.keys = keys;
        this.registry = registry;
        this.networks = networks;
        this.machines = machines;
        this.changes = changes;
        this.audit = audit;
        this.log = log;
        this.sleeping = new Sleeping(trust, registry, networks, machines, audit, log, decisions);
    }

    /// Performs `operation`, which is neither observation nor exec.
    public HostReply perform(HostOperation operation) throws InterruptedException {
        try {
            var reply = switch (operation) {
                case HostOperation.Install o -> install(o);
                case HostOperation.SetupNetwork o -> setupNetwork(o);
                case HostOperation.CreateInstance o -> create(o);
                case HostOperation.OnInstance o -> onInstance(o);
                case HostOperation.VerifyNetworks o -> new HostReply.Found(networks.verify(o.deep()));
                case HostOperation.Observe _ -> throw new IllegalArgumentException("not an operation of the host");
            };
            if (reply instanceof HostReply.Refused(var reason)
                    && !reason.equals(Refusal.GUEST_UNREACHABLE.label())) { // what a guest does is no refusal of ours
                refused(operation, reason, "");
            }
            return reply;
        } catch (RefusedException e) {
            var reason = new Label(e.reason().code());
            log.accept(operation.word() + " refused: " + e.getMessage());
            refused(operation, reason, String.valueOf(e.getMessage()));
            return new HostReply.Refused(reason);
        } catch (StepException e) {
            log.accept(e.getMessage());
            return e.reply();
        } catch (IOException e) {
            log.accept("state directory: " + e.getMessage());
            return new HostReply.Failed(new Label("state_directory"), 0);
        } finally {
            if (!(operation instanceof HostOperation.GuestPing)) {
                changes.changed();
            }
        }
    }

    /// Something was refused before it was an operation.
    public void refused(String action, String reason, String detail) {
        audit.refused(action, "", reason, detail);
    }

    private void refused(HostOperation operation, Label reason, String detail) {
        var subject = switch (operation) {
            case HostOperation.Install o -> Digest.of(o.envelope().array()).value();
            case HostOperation.SetupNetwork o -> "net " + o.net();
            case HostOperation.CreateInstance o -> o.address().toString();
            case HostOperation.OnInstance o ->
                registry.find(o.instance())
                        .map(record -> record.address().toString())
                        .orElse(o.instance().value());
            case HostOperation.VerifyNetworks _, HostOperation.Observe _ -> "";
        };
        audit.refused(operation.word(), subject, reason.value(), detail);
    }

    private HostReply install(HostOperation.Install operation) throws IOException, RefusedException, StepException {
        switch (operation) {
            case HostOperation.InstallRoot o -> installRoot(o);
            case HostOperation.InstallGrant o -> trust.installGrant(o.envelope());
            case HostOperation.InstallState o -> installState(o);
        }
        return new HostReply.Done();
    }

    private void installRoot(HostOperation.InstallRoot o) throws IOException, RefusedException {
        synchronized (decisions) {
            trust.installRoot(o.envelope());
            keys.keep(trust.installed());
        }
        log.accept("trust root " + trust.roots().newest().value().version() + " is in force");
    }

    private void installState(HostOperation.InstallState o) throws IOException, RefusedException, StepException {
        InstalledState state;
        synchronized (decisions) {
            synchronized (keys) { // nothing is encrypted under a key that is going out of force
                try {
                    state = trust.installState(o.envelope(), o.proof(), next -> {
                        keys.open(next);
                        machines.rekey(next, registry.all());
                    });
                } finally {
                    keys.keep(trust.installed());
                }
            }
        }
        log.accept("state " + state.state().value().sequence() + " is in force, good until "
                + state.state().value().expires());
        networks.stateChanged(state);
    }

    private HostReply setupNetwork(HostOperation.SetupNetwork o) throws StepException {
        synchronized (decisions) {
            var refusal = entailment().setupNetwork(o.net());
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            networks.setUp(trust.installed().orElseThrow(), o.net());
        }
        audit.noted(o.word(), "net " + o.net(), Recovery.DONE);
        return new HostReply.Done();
    }

    private HostReply create(HostOperation.CreateInstance o) throws IOException {
        synchronized (decisions) {
            var refusal = entailment().create(o);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            var pool = pool(o.address().poolAddress());
            registry.put(InstanceRecord.created(o.address(), o.slot(), pool.revision(), pool.resources()));
        }
        audit.noted(o.word(), o.address().toString(), Recovery.DONE);
        return new HostReply.Done();
    }

    private HostReply onInstance(HostOperation.OnInstance o) throws IOException, StepException, InterruptedException {
        try (var lock = locks.tryLock(o.instance())) {
            if (lock.isEmpty()) {
                if (o instanceof HostOperation.WakeInstance && machines.interrupt(o.instance())) {
                    log.accept(o.instance() + ": is wanted, so it is not put to sleep");
                }
                return Refusal.BUSY.reply();
            }
            var found = registry.find(o.instance());
            if (found.isEmpty()) {
                return o instanceof HostOperation.DestroyInstance
                        ? new HostReply.Done()
                        : Refusal.UNKNOWN_INSTANCE.reply();
            }
            var record = found.get();
            var refusal = AllowedOperations.refusal(record.state(), machines.attached(o.instance()), o);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            return switch (o) {
                case HostOperation.AttachDrives _ -> attach(record);
                case HostOperation.StartInstance _ -> start(record);
                case HostOperation.StopInstance stop -> stop(record, Duration.ofMillis(stop.graceMillis()));
                case HostOperation.PauseInstance _ ->
                    change(record, Entailment::pause, Intent.PAUSE, InstanceState.WARM, machines::pause);
                case HostOperation.ResumeInstance _ ->
                    change(record, Entailment::resume, Intent.RESUME, InstanceState.RUNNING, machines::resume);
                case HostOperation.SleepInstance sleep -> sleeping.sleep(record, sleep.force());
                case HostOperation.WakeInstance _ -> sleeping.wake(record);
                case HostOperation.DestroyInstance _ -> destroy(record);
                case HostOperation.GuestPing _ ->
                    machines.ping(o.instance()) ? new HostReply.Done() : Refusal.GUEST_UNREACHABLE.reply();
                case HostOperation.GuestExec _ -> throw new IllegalArgumentException("exec has a way of its own");
            };
        }
    }

    private HostReply attach(InstanceRecord record) throws IOException, StepException {
        var refusal = entailment().attach(record);
        if (refusal.isPresent()) {
            return refusal.get().reply();
        }
        var pool = pool(record.address().poolAddress());
        var current = record.with(pool.revision(), pool.resources());
        try {
            machines.attach(
                    current, record.started() == 0 ? 0 : record.resources().diskGib());
            registry.put(current);
            audit.noted("attach_drives", record.address().toString(), Recovery.DONE);
            return new HostReply.Done();
        } catch (ArtefactException e) {
            log.accept(record.address() + ": " + e.getMessage());
            return e.refusal().reply();
        }
    }

    private HostReply start(InstanceRecord record) throws IOException, StepException, InterruptedException {
        TenantNet network;
        InstanceRecord intended;
        synchronized (decisions) {
            var refusal = entailment().start(record);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            network = trust.networkOf(record.address().tenant()).orElseThrow();
            if (!networks.up().contains(network.net())) {
                return Refusal.NO_NETWORK.reply();
            }
            intended = record.with(Intent.START);
            registry.put(intended);
        }
        var known = new AtomicReference<>(intended);
        try {
            machines.start(
                    intended,
                    network,
                    identity -> sleeping.keep(known, known.get().with(identity)));
            registry.put(known.get()
                    .startedAt(trust.now().getEpochSecond())
                    .reached(InstanceState.RUNNING, Optional.empty()));
            audit.noted("start_instance", record.address().toString(), Recovery.DONE);
            log.accept(record.address() + " runs");
            return new HostReply.Done();
        } catch (StepException e) {
            registry.put(record.reached(record.state(), Optional.of(e.label())));
            throw e;
        }
    }

    private HostReply stop(InstanceRecord record, Duration grace) throws IOException, StepException {
        registry.put(record.with(Intent.STOP));
        boolean polite = record.state() == InstanceState.RUNNING
                && machines.powerOff(record.address().instance(), grace);
        machines.end(record);
        Recovery.forget(machines, audit, record);
        registry.put(record.reached(InstanceState.STOPPED, Optional.empty()));
        log.accept(record.address() + " is stopped");
        return new HostReply.Ended(polite ? HostReply.Ending.GUEST : HostReply.Ending.KILLED);
    }

    /// Does `step` if the state entails it; the record is then in `reached` if it worked, and as it was if it did not.
    private HostReply change(
            InstanceRecord record,
            BiFunction<Entailment, InstanceRecord, Optional<Refusal>> entailed,
            Intent intent,
            InstanceState reached,
            Step step)
            throws IOException, StepException {
        synchronized (decisions) {
            var refusal = entailed.apply(entailment(), record);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            registry.put(record.with(intent));
        }
        try {
            step.run(record.address().instance());
            registry.put(record.reached(reached, Optional.empty()));
            audit.noted(intent.word() + "_instance", record.address().toString(), Recovery.DONE);
            return new HostReply.Done();
        } catch (StepException e) {
            registry.put(record.reached(record.state(), Optional.of(e.label())));
            throw e;
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(InstanceId instance) throws StepException;
    }

    private HostReply destroy(InstanceRecord record) throws IOException, StepException {
        registry.put(record.with(Intent.DESTROY));
        machines.end(record);
        machines.erase(record.address().instance());
        Recovery.receipt(audit, record);
        registry.remove(record.address().instance());
        log.accept(record.address() + " is destroyed");
        return new HostReply.Done();
    }

    /// A VM has ended by itself.
    public void ended(InstanceId instance) {
        try (var _ = locks.lock(instance)) {
            var found = registry.find(instance);
            if (found.isEmpty()
                    || !found.get().state().holdsMemory()
                    || found.get().intent().isPresent()) {
                return; // an operation has seen to it already
            }
            machines.end(found.get());
            registry.put(found.get().reached(InstanceState.STOPPED, Optional.of(new Label("vmm_exited"))));
            log.accept(found.get().address() + " has ended by itself");
        } catch (IOException | StepException e) {
            log.accept("after the end of " + instance + ": " + e.getMessage());
        } finally {
            changes.changed();
        }
    }

    /// Whether a program may be run in `instance` now.
    public Optional<Refusal> execRefusal(HostOperation.GuestExec o) {
        var refusal = mayNotRun(o);
        refusal.ifPresent(reason -> refused(o, reason.label(), ""));
        return refusal;
    }

    private Optional<Refusal> mayNotRun(HostOperation.GuestExec o) {
        var found = registry.find(o.instance());
        if (found.isEmpty()) {
            return Optional.of(Refusal.UNKNOWN_INSTANCE);
        }
        var now = AllowedOperations.refusal(found.get().state(), machines.attached(o.instance()), o);
        return now.isPresent() ? now : entailment().exec(found.get());
    }

    private NodeState.Pool pool(PoolAddress address) {
        return trust.installed().orElseThrow().pool(address).orElseThrow();
    }

    private Entailment entailment() {
        return new Entailment(trust.installed(), registry.all(), trust.now());
    }
}
