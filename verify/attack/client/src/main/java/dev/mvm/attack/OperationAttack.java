package dev.mvm.attack;

import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.InstanceState;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolId;
import dev.mvm.model.Resources;
import dev.mvm.model.Slot;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/// Every operation on everything that the state does not entail. What it does entail an agent may do.
final class OperationAttack {
    private static final InstanceId NOBODY = new InstanceId("i-0badcafe");
    private static final TenantId STRANGER = new TenantId("stranger");
    private static final Digest OTHER = Digest.of(new byte[] {0x66});

    private final Target target;

    OperationAttack(Target target) {
        this.target = target;
    }

    void run() throws IOException {
        for (var operation : onNobody()) {
            target.refuses(operation.getClass().getSimpleName() + " of no instance", operation, "unknown_instance");
        }
        target.refuses("a network of nobody", new HostOperation.SetupNetwork(new NetId(4000)), "not_in_state");
        for (var instance : target.observe().instances()) {
            creations(instance);
            if (instance.state() == InstanceState.RUNNING) {
                runs(instance);
            }
        }
    }

    /// A new instance of another revision than any state allows, like one that is there. The reason for which it is
    /// refused says whether the state is in force: `revision_differs`, or `frozen` after its end.
    void start(String reason) throws IOException {
        var like = target.observe().instances().getFirst();
        var address = like.address();
        var fresh = new InstanceAddress(address.tenant(), address.pool(), NOBODY);
        var free = new Slot(like.slot().net(), Slot.LAST);
        target.refuses("a start", new HostOperation.CreateInstance(fresh, free, OTHER, like.resources()), reason);
    }

    private static List<HostOperation> onNobody() {
        return List.of(
                new HostOperation.AttachDrives(NOBODY),
                new HostOperation.StartInstance(NOBODY),
                new HostOperation.StopInstance(NOBODY, 0),
                new HostOperation.PauseInstance(NOBODY),
                new HostOperation.ResumeInstance(NOBODY),
                new HostOperation.SleepInstance(NOBODY, false),
                new HostOperation.SleepInstance(NOBODY, true),
                new HostOperation.WakeInstance(NOBODY),
                new HostOperation.GuestPing(NOBODY),
                new HostOperation.GuestExec(NOBODY, Bytes.EMPTY),
                new HostOperation.GuestLogs(NOBODY, true));
    }

    /// More of what is there, each time with one thing that was not signed.
    private void creations(Observation.Instance like) throws IOException {
        var address = like.address();
        var slot = like.slot();
        var free = new Slot(slot.net(), Slot.LAST);
        var fresh = new InstanceAddress(address.tenant(), address.pool(), NOBODY);
        var size = like.resources();
        create("another tenant's", new InstanceAddress(STRANGER, address.pool(), NOBODY), free, like, "not_in_state");
        create(
                "another pool's",
                new InstanceAddress(address.tenant(), new PoolId("stranger"), NOBODY),
                free,
                like,
                "not_in_state");
        create("in another net", fresh, new Slot(new NetId(4000), 3), like, "not_in_state");
        create("with an id that is taken", address, free, like, "id_taken");
        create("with a place that is taken", fresh, slot, like, "slot_taken");
        target.refuses(
                "another revision like " + address,
                new HostOperation.CreateInstance(fresh, free, OTHER, size),
                "revision_differs");
        for (var other : List.of(
                new Resources(size.vcpus() + 1, size.memMib(), size.diskGib()),
                new Resources(size.vcpus(), size.memMib() + 1, size.diskGib()),
                new Resources(size.vcpus(), size.memMib(), size.diskGib() + 1))) {
            target.refuses(
                    other + " like " + address,
                    new HostOperation.CreateInstance(fresh, free, like.revision(), other),
                    "resources_differ");
        }
        create("one more", fresh, free, like, "count_exceeded");
    }

    private void create(String name, InstanceAddress as, Slot slot, Observation.Instance like, String reason)
            throws IOException {
        target.refuses(
                name + " like " + like.address(),
                new HostOperation.CreateInstance(as, slot, like.revision(), like.resources()),
                reason);
    }

    /// Operations that the table of states forbids for an instance that runs.
    private void runs(Observation.Instance instance) throws IOException {
        var id = instance.address().instance();
        var operations = new ArrayList<HostOperation>();
        operations.add(new HostOperation.AttachDrives(id));
        operations.add(new HostOperation.StartInstance(id));
        operations.add(new HostOperation.ResumeInstance(id));
        operations.add(new HostOperation.WakeInstance(id));
        for (var operation : operations) {
            target.refuses(
                    operation.getClass().getSimpleName() + " of " + instance.address(), operation, "not_permitted_now");
        }
    }
}
