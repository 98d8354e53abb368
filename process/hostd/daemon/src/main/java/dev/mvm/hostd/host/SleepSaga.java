package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.util.Optional;

/// Puts instances to sleep. A record says that its instance sleeps when the snapshot is whole and on disk, and not a
/// moment earlier.
///
/// Precondition: the caller holds the instance's lock, and [dev.mvm.hostd.policy.AllowedOperations] permits it.
final class SleepSaga {
    private final RecordKeeper records;
    private final Machines machines;

    SleepSaga(RecordKeeper records, Machines machines) {
        this.records = records;
        this.machines = machines;
    }

    HostReply run(InstanceRecord record, boolean force) throws IOException, StepException, InterruptedException {
        long began = System.nanoTime();
        var known = record.withSleep(record.sleep().next()).begun(Intent.SLEEP);
        var refusal = refusal(record, known, force);
        if (refusal.isPresent()) {
            return refusal.get().reply();
        }
        var state = record.state();
        try {
            machines.lifecycle().pause(record.address().instance());
            state = InstanceState.WARM;
            known = seal(known, began);
            machines.lifecycle().end(known);
            records.put(known.asleep());
            records.noted("sleep_instance", record, force ? "forced" : "sealed");
            records.log(record, " sleeps");
            return new HostReply.Done();
        } catch (StepException e) {
            undo(known, state, e);
            throw e;
        }
    }

    /// Returns the reason against a sleep. Without one, `known` is written.
    private Optional<Refusal> refusal(InstanceRecord record, InstanceRecord known, boolean force)
            throws IOException, StepException, InterruptedException {
        if (!machines.sealing().sleeps(record.address().instance())) {
            return Optional.of(Refusal.CANNOT_SLEEP);
        }
        var refusal = records.entailment().sleep(record);
        if (refusal.isPresent()) {
            return refusal;
        }
        if (!machines.sealing().keyAtHand(record)) {
            return Optional.of(Refusal.NO_KEY_YET);
        }
        return force ? begin(known) : askGuest(record, known);
    }

    /// Decides again: another sleep may have taken the room meanwhile.
    private Optional<Refusal> begin(InstanceRecord known) throws IOException {
        return records.intend(known, Intent.SLEEP, Entailment::sleep);
    }

    private InstanceRecord seal(InstanceRecord intended, long began) throws IOException, StepException {
        long bytes = machines.sealing().seal(intended);
        return records.put(intended.withSleep(intended.sleep()
                .sealed(bytes, millisSince(began), records.trust.now().getEpochSecond())));
    }

    /// Forgets a snapshot that is not whole; one that is whole is kept, and [Recovery] finishes the sleep.
    private void undo(InstanceRecord known, InstanceState state, StepException failure)
            throws IOException, StepException {
        if (!known.sleep().mayWake()) {
            machines.sealing().forget(known.address().instance());
            records.put(known.reached(state, Optional.of(failure.label())));
        }
    }

    /// Returns the reason against it when the guest is asked. A paused guest runs meanwhile, and counts as running.
    private Optional<Refusal> askGuest(InstanceRecord record, InstanceRecord known)
            throws IOException, StepException, InterruptedException {
        var id = record.address().instance();
        boolean warm = record.state() == InstanceState.WARM;
        if (warm) {
            var refusal = records.intend(record, Intent.RESUME, Entailment::resume);
            if (refusal.isPresent()) {
                return refusal;
            }
        }
        var against = Optional.of(Refusal.GUEST_REFUSED);
        try {
            if (warm) {
                machines.lifecycle().resume(id);
            }
            if (machines.guests().prepareSleep(id)) {
                against = begin(known);
            }
            return against;
        } finally {
            if (warm && against.isPresent()) {
                pauseAgain(record);
            }
        }
    }

    private void pauseAgain(InstanceRecord record) throws IOException, StepException {
        try {
            machines.lifecycle().pause(record.address().instance());
        } finally {
            records.put(record);
        }
    }

    static long millisSince(long nanos) {
        return (System.nanoTime() - nanos) / 1_000_000;
    }
}
