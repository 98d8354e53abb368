package dev.mvm.hostd.host;

import dev.mvm.hostd.policy.Entailment;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.protocol.hostd.HostReply;
import java.io.IOException;
import java.util.Optional;
import java.util.Set;

/// Boots instances, and wakes sleeping ones. The epoch of a sleep is consumed before anything of its snapshot is used:
/// after that, the snapshot is never opened again.
///
/// Precondition: the caller holds the instance's lock, and [dev.mvm.hostd.policy.AllowedOperations] permits it.
final class LaunchSaga {
    private final RecordKeeper records;
    private final Networks networks;
    private final Machines machines;
    private final Recovery recovery;

    LaunchSaga(RecordKeeper records, Networks networks, Machines machines, Recovery recovery) {
        this.records = records;
        this.networks = networks;
        this.machines = machines;
        this.recovery = recovery;
    }

    HostReply start(InstanceRecord record) throws IOException, StepException, InterruptedException {
        return switch (records.launch(record, Intent.START, Entailment::start, up())) {
            case RecordKeeper.Launch.Refused(var reason) -> reason.reply();
            case RecordKeeper.Launch.Permitted permit -> boot(record, permit);
        };
    }

    HostReply wake(InstanceRecord record) throws IOException, StepException, InterruptedException {
        long began = System.nanoTime();
        if (!machines.sealing().keyAtHand(record)) {
            return Refusal.NO_KEY_YET.reply();
        }
        return switch (records.launch(record, Intent.WAKE, Entailment::wake, up())) {
            case RecordKeeper.Launch.Refused(var reason) -> reason.reply();
            case RecordKeeper.Launch.Permitted permit -> restore(record, permit, began);
        };
    }

    private Set<NetId> up() throws StepException {
        return networks.count(false).up();
    }

    private HostReply boot(InstanceRecord record, RecordKeeper.Launch.Permitted permit)
            throws IOException, StepException {
        try {
            var known = permit.intended();
            try (var vm = machines.lifecycle().launch(known, permit.network(), false)) {
                known = records.keep(known.launched(vm.launchPaused()));
                vm.proveJail();
                vm.resume();
                vm.openNetwork();
            }
            long now = records.trust.now().getEpochSecond();
            records.put(known.booted(now));
            records.done("start_instance", record);
            records.log(record, " runs");
            return new HostReply.Done();
        } catch (StepException e) {
            records.put(record.reached(record.state(), Optional.of(e.label())));
            throw e;
        }
    }

    private HostReply restore(InstanceRecord record, RecordKeeper.Launch.Permitted permit, long began)
            throws IOException, StepException, InterruptedException {
        var known = permit.intended(); // as it was written last
        try {
            machines.lifecycle().attach(record, record.resources().diskGib());
            try (var vm = machines.lifecycle().launch(known, permit.network(), true)) {
                known = records.keep(known.launched(vm.launchPaused()));
                vm.proveJail();
                vm.verifyManifest();
                known = records.keep(known.withSleep(known.sleep().next())); // the snapshot's epoch is consumed
                vm.loadState();
                vm.followRestore();
                vm.resume();
                vm.reseed();
                vm.openNetwork();
            }
            var woken = known.withSleep(known.sleep().woken(SleepSaga.millisSince(began)));
            records.put(woken.reached(InstanceState.RUNNING, Optional.empty()));
            records.noted("wake_instance", record, "opened");
            records.log(record, " is awake");
            return new HostReply.Done();
        } catch (ArtefactException e) {
            records.put(record);
            records.log(record, ": " + e.getMessage());
            return e.refusal().reply();
        } catch (StepException e) {
            recovery.undoWake(known, e.label());
            throw e;
        }
    }
}
