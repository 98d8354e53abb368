package dev.mvm.hostd.host;

import static java.nio.charset.StandardCharsets.US_ASCII;

import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.hostd.policy.AllowedOperations;
import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.hostd.registry.Sleep;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import dev.mvm.protocol.hostd.Label;
import dev.mvm.protocol.trust.RefusedException;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executor;

/// Performs operations, but observation and those that hand a connection over: policy decides, a record is written
/// before and after each.
///
/// Thread-safe. An instance has one operation at a time; a second one is refused as busy rather than queued, because
/// its caller did not know of the first. A ping keeps no operation out, only a second ping: a guest that does not
/// answer must not decide when it can be stopped.
public final class Host {
    private final RecordKeeper records;
    private final Networks networks;
    private final Machines machines;
    private final Changes changes;
    private final InstanceLocks locks = new InstanceLocks();
    private final InstanceLocks pings = new InstanceLocks();
    private final DocumentInstaller documents;
    private final Rekeying rekeying;
    private final Recovery recovery;
    private final LaunchSaga launching;
    private final SleepSaga sleeping;

    /// @param background one thread, for work without an answer
    public Host(
            RecordKeeper records,
            BlobKeys keys,
            Networks networks,
            Machines machines,
            Changes changes,
            Executor background) {
        this.records = records;
        this.networks = networks;
        this.machines = machines;
        this.changes = changes;
        this.rekeying = new Rekeying(records, machines.lifecycle(), locks, changes);
        this.documents = new DocumentInstaller(records, keys, networks, rekeying, background);
        this.recovery = new Recovery(records, machines);
        this.launching = new LaunchSaga(records, networks, machines, recovery);
        this.sleeping = new SleepSaga(records, machines);
    }

    /// Performs an operation, which is neither observation nor hands a connection over.
    public HostReply perform(HostRequest request) throws InterruptedException {
        var operation = request.operation();
        try {
            var reply = switch (operation) {
                case HostOperation.Install o -> documents.install(o);
                case HostOperation.SetupNetwork o -> setupNetwork(o, request.plan());
                case HostOperation.CreateInstance o -> create(o, request.plan());
                case HostOperation.OnInstance o -> onInstance(o, request.plan());
                case HostOperation.VerifyNetworks o ->
                    new HostReply.Found(Bytes.of(networks.verify(o.deep()).getBytes(US_ASCII)));
                case HostOperation.Observe _ -> throw new IllegalArgumentException("not an operation of the host");
            };
            if (reply instanceof HostReply.Refused(var reason)
                    && !reason.equals(Refusal.GUEST_UNREACHABLE.label())) { // hostd has refused nothing then
                refused(operation, reason, "");
            }
            return reply;
        } catch (RefusedException e) {
            var reason = new Label(e.reason().code());
            records.log(operation.word() + " refused: " + e.getMessage());
            refused(operation, reason, String.valueOf(e.getMessage()));
            return new HostReply.Refused(reason);
        } catch (StepException e) {
            records.log(e.getMessage());
            return e.reply();
        } catch (IOException e) {
            records.log("state directory: " + e.getMessage());
            return new HostReply.Failed(new Label("state_directory"), 0);
        } finally {
            if (!(operation instanceof HostOperation.GuestPing)) {
                changes.changed();
            }
        }
    }

    /// Records the refusal of a frame that is not an operation.
    public void refused(String action, String reason, String detail) {
        records.audit.refused(action, "", reason, detail);
    }

    private void refused(HostOperation operation, Label reason, String detail) {
        records.audit.refused(operation.word(), records.subject(operation), reason.value(), detail);
    }

    private HostReply setupNetwork(HostOperation.SetupNetwork o, Optional<Digest> plan) throws StepException {
        synchronized (records) {
            var refusal = records.entailment().setupNetwork(o.net());
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            networks.setUp(records.state(), o.net());
        }
        records.audit.noted(o.word(), records.subject(o), "done", plan);
        return new HostReply.Done();
    }

    private HostReply create(HostOperation.CreateInstance o, Optional<Digest> plan) throws IOException {
        InstanceRecord record;
        synchronized (records) {
            var refusal = records.entailment().create(o);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            var pool = records.state().pool(o.address().poolAddress()).orElseThrow();
            record = records.put(InstanceRecord.created(o.address(), o.slot(), pool.revision(), pool.resources())
                    .withSleep(Sleep.after(records.registry.epoch()))
                    .under(plan));
        }
        records.done(o.word(), record);
        return new HostReply.Done();
    }

    private HostReply onInstance(HostOperation.OnInstance o, Optional<Digest> plan)
            throws IOException, StepException, InterruptedException {
        try (var lock = (o instanceof HostOperation.GuestPing ? pings : locks).tryLock(o.instance())) {
            if (lock.isEmpty()) {
                if (o instanceof HostOperation.WakeInstance
                        && machines.sealing().interrupt(o.instance())) {
                    records.log(o.instance() + ": a wake was requested, so its sleep is interrupted");
                }
                return Refusal.BUSY.reply();
            }
            var found = records.registry.find(o.instance());
            if (found.isEmpty()) {
                return o instanceof HostOperation.DestroyInstance
                        ? new HostReply.Done()
                        : Refusal.UNKNOWN_INSTANCE.reply();
            }
            var record = found.get().under(plan);
            var refusal = AllowedOperations.refusal(
                    record.state(), machines.lifecycle().attached(record), o);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            return carryOut(o, record);
        }
    }

    private HostReply carryOut(HostOperation.OnInstance o, InstanceRecord record)
            throws IOException, StepException, InterruptedException {
        return switch (o) {
            case HostOperation.AttachDrives _ -> attach(record);
            case HostOperation.StartInstance _ -> launching.start(record);
            case HostOperation.StopInstance stop -> stop(record, Duration.ofMillis(stop.graceMillis()));
            case HostOperation.PauseInstance _ ->
                change(record, Entailment::pause, Intent.PAUSE, InstanceState.WARM, machines.lifecycle()::pause);
            case HostOperation.ResumeInstance _ ->
                change(record, Entailment::resume, Intent.RESUME, InstanceState.RUNNING, machines.lifecycle()::resume);
            case HostOperation.SleepInstance sleep -> sleeping.run(record, sleep.force());
            case HostOperation.WakeInstance _ -> launching.wake(record);
            case HostOperation.DestroyInstance _ -> destroy(record);
            case HostOperation.GuestPing _ ->
                machines.guests().ping(o.instance()) ? new HostReply.Done() : Refusal.GUEST_UNREACHABLE.reply();
            case HostOperation.HandOver _ -> throw new IllegalArgumentException("it is not for the host alone");
        };
    }

    private HostReply attach(InstanceRecord record) throws IOException, StepException {
        InstanceRecord current;
        synchronized (records) {
            var refusal = records.entailment().attach(record);
            if (refusal.isPresent()) {
                return refusal.get().reply();
            }
            var pool = records.state().pool(record.address().poolAddress()).orElseThrow();
            current = record.attached(pool.revision(), pool.resources());
            records.grow(record, current);
        }
        try {
            int held = record.started() == 0 ? 0 : record.resources().diskGib();
            machines.lifecycle().attach(current, held);
            records.put(current);
            records.done("attach_drives", record);
            return new HostReply.Done();
        } catch (ArtefactException e) {
            records.log(record, ": " + e.getMessage());
            return e.refusal().reply();
        } finally {
            records.grown(record);
        }
    }

    private HostReply stop(InstanceRecord record, Duration grace) throws IOException, StepException {
        records.intendToFree(record, Intent.STOP);
        boolean polite = record.state() == InstanceState.RUNNING
                && machines.lifecycle().powerOff(record.address().instance(), grace);
        recovery.stop(record);
        records.log(record, " is stopped");
        return new HostReply.Ended(polite ? HostReply.Ending.GUEST : HostReply.Ending.KILLED);
    }

    /// Does `step` if the state entails it; the record is then in `reached` if it worked, and as it was otherwise.
    private HostReply change(
            InstanceRecord record, RecordKeeper.Rule rule, Intent intent, InstanceState reached, Step step)
            throws IOException, StepException {
        var refusal = records.intend(record, intent, rule);
        if (refusal.isPresent()) {
            return refusal.get().reply();
        }
        try {
            step.run(record.address().instance());
            records.put(record.reached(reached, Optional.empty()));
            records.done(intent.word() + "_instance", record);
            return new HostReply.Done();
        } catch (StepException e) {
            records.put(record.reached(record.state(), Optional.of(e.label())));
            throw e;
        }
    }

    @FunctionalInterface
    private interface Step {
        void run(InstanceId instance) throws StepException;
    }

    private HostReply destroy(InstanceRecord record) throws IOException, StepException {
        records.intendToFree(record, Intent.DESTROY);
        recovery.destroy(record);
        records.log(record, " is destroyed");
        return new HostReply.Done();
    }

    /// Adopts VMs and finishes operations as [Recovery] does, before anything else is done to an instance.
    ///
    /// @param next told before each instance, of which any may take minutes
    /// @return tries once to get each instance unstuck that is; until then nothing else is done to it
    public Runnable recover(Runnable next) throws IOException {
        return new StuckInstances(recovery, locks, changes, recovery.run(next))::retry;
    }

    /// Puts under the keys in force what is not yet. To be called on the background's thread.
    public void rekey() {
        rekeying.rest();
    }

    /// Cleans up after a VM that has ended by itself.
    public void ended(InstanceId instance) {
        try (var _ = locks.lock(instance)) {
            var found = records.registry.find(instance);
            if (found.isEmpty()
                    || !found.get().state().holdsMemory()
                    || found.get().intent().isPresent()) {
                return; // an operation is ending it
            }
            machines.lifecycle().end(found.get());
            records.putFreed(found.get().reached(InstanceState.STOPPED, Optional.of(new Label("vmm_exited"))));
            records.log(found.get(), " has ended by itself");
        } catch (IOException | StepException e) {
            records.log("after the end of " + instance + ": " + e.getMessage());
        } finally {
            changes.changed();
        }
    }

    /// Hands an agent's connection over to the process that reads the tenant's guests, unless there is a reason against
    /// it, which is returned. What was decided is noted.
    ///
    /// @param ahead bytes read of the connection beyond the request, less than 4096
    /// @param agent the connection; the descriptor stays its owner's
    public Optional<Refusal> handOver(HostOperation.HandOver o, Bytes ahead, Fd agent) {
        var found = records.registry.find(o.instance());
        var refusal = found.isEmpty() ? Optional.of(Refusal.UNKNOWN_INSTANCE) : mayNotReach(o, found.get());
        refusal.ifPresentOrElse(
                reason -> refused(o, reason.label(), ""),
                () -> records.audit.counted(o.word(), records.subject(o), "done"));
        boolean passed = refusal.isEmpty()
                && machines.guests().handOver(o, found.orElseThrow().slot().net(), ahead, agent);
        return refusal.isPresent() || passed ? refusal : Optional.of(Refusal.GUEST_UNREACHABLE);
    }

    private Optional<Refusal> mayNotReach(HostOperation.HandOver o, InstanceRecord record) {
        var now = AllowedOperations.refusal(record.state(), machines.lifecycle().attached(record), o);
        return now.isPresent() ? now : records.entailment().handOver(o, record);
    }
}
