package dev.mvm.hostd.registry;

import static java.util.Optional.empty;

import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Resources;
import dev.mvm.model.Revision;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Label;
import java.util.Optional;

/// One instance as hostd knows it.
///
/// @param revision what it boots; that of its pool when its drives were attached last
/// @param state the last state that was reached
/// @param intent what is being done to it, if anything
/// @param vm its process, if it has one
/// @param started when it last booted, seconds since 1970, 0 if never
/// @param sleep what is known of its sleeps
/// @param reason why it is in this state, when that is unusual
public record InstanceRecord(
        InstanceAddress address,
        Slot slot,
        Revision revision,
        Resources resources,
        InstanceState state,
        Optional<Intent> intent,
        Optional<VmIdentity> vm,
        long started,
        Sleep sleep,
        Optional<Label> reason) {

    /// An instance that has just been given its identity.
    public static InstanceRecord created(InstanceAddress address, Slot slot, Revision revision, Resources resources) {
        return new InstanceRecord(
                address, slot, revision, resources, InstanceState.READY, empty(), empty(), 0, Sleep.NEVER, empty());
    }

    /// Returns whether it counts against processors and memory: also while a launch is under way.
    public boolean holdsMemory() {
        return state.holdsMemory() || intent.filter(Intent::bringsIntoMemory).isPresent();
    }

    public InstanceRecord with(Revision newRevision, Resources newResources) {
        return new InstanceRecord(address, slot, newRevision, newResources, state, intent, vm, started, sleep, reason);
    }

    public InstanceRecord with(Intent newIntent) {
        return new InstanceRecord(
                address, slot, revision, resources, state, Optional.of(newIntent), vm, started, sleep, reason);
    }

    public InstanceRecord with(Label why) {
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, vm, started, sleep, Optional.of(why));
    }

    public InstanceRecord with(VmIdentity newVm) {
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, Optional.of(newVm), started, sleep, reason);
    }

    /// The instance after what was intended has been done: in `newState`, nothing intended any more.
    ///
    /// @throws IllegalStateException if the table of states has no such edge
    public InstanceRecord reached(InstanceState newState, Optional<Label> why) {
        if (newState != state && !state.mayBecome(newState)) {
            throw new IllegalStateException(state + " cannot become " + newState);
        }
        Optional<VmIdentity> process = newState.holdsMemory() ? vm : empty();
        return new InstanceRecord(address, slot, revision, resources, newState, empty(), process, started, sleep, why);
    }

    /// The instance after its snapshot was sealed and its VM has ended.
    public InstanceRecord asleep() {
        return reached(InstanceState.WARM, empty()).reached(InstanceState.SLEEPING, empty());
    }

    public InstanceRecord startedAt(long seconds) {
        return new InstanceRecord(address, slot, revision, resources, state, intent, vm, seconds, sleep, reason);
    }

    public InstanceRecord with(Sleep newSleep) {
        return new InstanceRecord(address, slot, revision, resources, state, intent, vm, started, newSleep, reason);
    }
}
