package dev.mvm.hostd.registry;

import static java.util.Optional.empty;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.Label;
import java.util.Optional;

/// One instance as hostd knows it.
///
/// An instance at rest has the data of its state and no other:
///
/// | state | process | booted |
/// |---|---|---|
/// | Created, Ready | no | never |
/// | Running, Warm | yes | yes |
/// | Sleeping, Stopped | no | yes |
/// | Destroyed | no | perhaps |
///
/// While an operation is under way, `state` is the one that it began in. A launch may have brought a process by then,
/// so a process is allowed in each state, as the stored format says it; but Running and Warm always have theirs.
/// The history of sleeps belongs to the instance and not to a state. ADR 42 says why no state has a type.
///
/// @param revision digest of what it boots; that of its pool when its drives were attached last
/// @param state the last state that was reached
/// @param intent the operation that is under way, if any
/// @param vm its process, if it has one
/// @param started when it last booted, seconds since 1970, 0 if never
/// @param sleep what is known of its sleeps
/// @param reason why it is in this state, when that is unusual
/// @param plan the agent's plan of the operation that began last, for its receipt; a restart does not lose it
public record InstanceRecord(
        InstanceAddress address,
        Slot slot,
        Digest revision,
        Resources resources,
        InstanceState state,
        Optional<Intent> intent,
        Optional<VmIdentity> vm,
        long started,
        Sleep sleep,
        Optional<Label> reason,
        Optional<Digest> plan) {

    /// @throws IllegalArgumentException if the data is not that of the state
    public InstanceRecord {
        boolean ofItsState = switch (state) {
            case CREATED, READY -> vm.isEmpty() && started == 0;
            case RUNNING, WARM -> vm.isPresent() && started > 0;
            case SLEEPING, STOPPED -> vm.isEmpty() && started > 0;
            case DESTROYED -> vm.isEmpty();
        };
        if (!ofItsState && (intent.isEmpty() || state.holdsMemory())) {
            throw new IllegalArgumentException("vm or started contradicts the state " + state);
        }
    }

    /// An instance that has just been given its identity.
    public static InstanceRecord created(InstanceAddress address, Slot slot, Digest revision, Resources resources) {
        return new InstanceRecord(
                address,
                slot,
                revision,
                resources,
                InstanceState.READY,
                empty(),
                empty(),
                0,
                Sleep.after(0),
                empty(),
                empty());
    }

    /// Returns whether it counts against processors and memory: also while a launch is under way.
    public boolean holdsMemory() {
        return state.holdsMemory() || launching();
    }

    private boolean launching() {
        return intent.filter(Intent::bringsIntoMemory).isPresent();
    }

    /// Returns whether there is a whole snapshot, which the operation under way does not take away.
    public boolean hasSnapshot() {
        boolean there =
                intent.map(each -> each == Intent.SLEEP || each == Intent.WAKE).orElse(state == InstanceState.SLEEPING);
        return there && sleep.mayWake();
    }

    /// The instance once the drives of this revision and size are attached.
    public InstanceRecord attached(Digest newRevision, Resources newResources) {
        return new InstanceRecord(
                address, slot, newRevision, newResources, state, intent, vm, started, sleep, reason, plan);
    }

    /// The instance as an operation on it begins.
    public InstanceRecord begun(Intent operation) {
        return new InstanceRecord(
                address, slot, revision, resources, state, Optional.of(operation), vm, started, sleep, reason, plan);
    }

    /// The instance as a step of `newPlan` is about to be done to it.
    public InstanceRecord under(Optional<Digest> newPlan) {
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, vm, started, sleep, reason, newPlan);
    }

    /// The instance as it is, and why that is unusual.
    public InstanceRecord because(Label why) {
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, vm, started, sleep, Optional.of(why), plan);
    }

    /// The instance once its launch has brought a process.
    ///
    /// @throws IllegalStateException if no launch is under way
    public InstanceRecord launched(VmIdentity process) {
        if (!launching()) {
            throw new IllegalStateException(address + " is not being launched");
        }
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, Optional.of(process), started, sleep, reason, plan);
    }

    /// Returns the instance after a boot, at `seconds` since 1970: Running, without an intent.
    ///
    /// @throws IllegalStateException if the table of states has no such edge
    /// @throws IllegalArgumentException if it has no process
    public InstanceRecord booted(long seconds) {
        return new InstanceRecord(address, slot, revision, resources, state, intent, vm, seconds, sleep, reason, plan)
                .reached(InstanceState.RUNNING, empty());
    }

    /// Returns the instance after its intent was carried out: in `newState`, without an intent. Only states
    /// that have a process keep it.
    ///
    /// @throws IllegalStateException if the table of states has no such edge
    /// @throws IllegalArgumentException if it has not the data of `newState`
    public InstanceRecord reached(InstanceState newState, Optional<Label> why) {
        if (newState != state && !state.mayBecome(newState)) {
            throw new IllegalStateException(state + " cannot become " + newState);
        }
        Optional<VmIdentity> process = newState.holdsMemory() ? vm : empty();
        return new InstanceRecord(
                address, slot, revision, resources, newState, empty(), process, started, sleep, why, plan);
    }

    /// The instance after its snapshot was sealed and its VM has ended.
    public InstanceRecord asleep() {
        return reached(InstanceState.WARM, empty()).reached(InstanceState.SLEEPING, empty());
    }

    /// The instance with what is known of its sleeps by now.
    public InstanceRecord withSleep(Sleep newSleep) {
        return new InstanceRecord(
                address, slot, revision, resources, state, intent, vm, started, newSleep, reason, plan);
    }
}
