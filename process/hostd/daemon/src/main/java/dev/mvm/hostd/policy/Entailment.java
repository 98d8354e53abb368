package dev.mvm.hostd.policy;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Intent;
import dev.mvm.model.InstanceState;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.NetId;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.NodeState;
import java.time.Instant;
import java.util.Collection;
import java.util.Optional;
import java.util.Set;

/// Decides whether the signed state entails an operation. A taken-over agent gets no further than this: it can
/// choose among the permissions of the signers, and nothing else.
///
/// The counts of a pool bound the instances in memory (Running and Warm) and those with an identity; the tenant's
/// quotas bound the sum over its pools. Both are checked together against every instance of hostd, under one lock.
///
/// @param instances all instances of hostd but the destroyed ones
/// @param now the present as far as the clock may be believed
public record Entailment(Optional<InstalledState> installed, Collection<InstanceRecord> instances, Instant now) {
    /// Tenants that may have sleeps at work at a time. The first sleep of each is its own, so that no tenant whose
    /// sealers hang keeps another from it; the number bounds the sealers of a node.
    private static final int SLEEPING_TENANTS = 32;

    /// Further sleeps at work, of all tenants together.
    private static final int FURTHER_SLEEPS = 4;

    /// Empty if the state has the net.
    public Optional<Refusal> setupNetwork(NetId net) {
        if (installed.isEmpty()) {
            return Optional.of(Refusal.NO_STATE);
        }
        boolean known = installed.get().state().value().tenants().stream()
                .anyMatch(tenant -> tenant.network().net().equals(net));
        return unless(known, Refusal.NOT_IN_STATE);
    }

    /// Empty if one more instance, exactly like this, may exist.
    public Optional<Refusal> create(HostOperation.CreateInstance plan) {
        var frozen = frozen(plan.address().tenant());
        if (frozen.isPresent()) {
            return frozen;
        }
        var tenant = tenant(plan.address().tenant());
        var pool = pool(plan.address().poolAddress());
        if (tenant.isEmpty()
                || pool.isEmpty()
                || !tenant.get().network().net().equals(plan.slot().net())
                || plan.slot().offset() > tenant.get().network().subnet().lastOffset()) {
            return Optional.of(Refusal.NOT_IN_STATE);
        }
        if (!pool.get().revision().equals(plan.revision())) {
            return Optional.of(Refusal.REVISION_DIFFERS);
        }
        if (!pool.get().resources().equals(plan.resources())) {
            return Optional.of(Refusal.RESOURCES_DIFFER);
        }
        if (instances.stream()
                .anyMatch(i -> i.address().instance().equals(plan.address().instance()))) {
            return Optional.of(Refusal.ID_TAKEN);
        }
        // instances of a tenant that has left the state may run on, and would be on the same bridge
        if (instances.stream()
                .filter(i -> i.slot().net().equals(plan.slot().net()))
                .anyMatch(i -> i.slot().equals(plan.slot())
                        || !i.address().tenant().equals(plan.address().tenant()))) {
            return Optional.of(Refusal.SLOT_TAKEN);
        }
        return instances.size() < Observation.MAX_INSTANCES
                ? room(tenant.get(), pool.get(), plan)
                : Optional.of(Refusal.COUNT_EXCEEDED);
    }

    private Optional<Refusal> room(NodeState.Tenant tenant, NodeState.Pool pool, HostOperation.CreateInstance plan) {
        var members = instances.stream()
                .filter(i -> i.address().poolAddress().equals(plan.address().poolAddress()))
                .toList();
        long active =
                members.stream().filter(i -> i.state() != InstanceState.STOPPED).count();
        if (active >= pool.counts().total()) {
            return Optional.of(Refusal.COUNT_EXCEEDED);
        }
        boolean fits = members.size() < tenant.quotas().maxInstancesPerPool()
                && diskFits(tenant, plan.resources().diskGib());
        return unless(fits, Refusal.QUOTA_EXCEEDED);
    }

    private boolean diskFits(NodeState.Tenant tenant, int moreGib) {
        long disk = instances.stream()
                .filter(i -> i.address().tenant().equals(tenant.tenant()))
                .mapToLong(i -> i.resources().diskGib())
                .sum();
        return disk + moreGib <= tenant.quotas().maxDiskGib();
    }

    /// Empty if the artefacts of the pool's revision and the instance's volume may be opened for a boot.
    public Optional<Refusal> attach(InstanceRecord instance) {
        var absent = present(instance);
        if (absent.isPresent()) {
            return absent;
        }
        var pool = pool(instance.address().poolAddress()).orElseThrow();
        int more = pool.resources().diskGib() - instance.resources().diskGib();
        if (more < 0 && instance.started() > 0) {
            return Optional.of(Refusal.VOLUME_LARGER);
        }
        return unless(diskFits(tenant(instance.address().tenant()).orElseThrow(), more), Refusal.QUOTA_EXCEEDED);
    }

    /// Empty if `instance`, which is not in memory, may be.
    public Optional<Refusal> start(InstanceRecord instance) {
        var differs = asInState(instance);
        if (differs.isPresent()) {
            return differs;
        }
        var pool = pool(instance.address().poolAddress()).orElseThrow();
        long inMemory = instances.stream()
                .filter(i -> i.address().poolAddress().equals(instance.address().poolAddress()))
                .filter(InstanceRecord::holdsMemory)
                .count();
        if (inMemory >= (long) pool.counts().running() + pool.counts().warm()) {
            return Optional.of(Refusal.COUNT_EXCEEDED);
        }
        return quotas(
                instance, instance.resources().vcpus(), instance.resources().memMib());
    }

    /// Empty if `instance`, which is Warm, may run: as its pool is now, not as it was.
    public Optional<Refusal> resume(InstanceRecord instance) {
        var differs = asInState(instance);
        return differs.isPresent() ? differs : quotas(instance, 0, 0);
    }

    /// Empty if `instance`, which runs, may be Warm. It frees nothing and takes nothing but a place among the warm.
    public Optional<Refusal> pause(InstanceRecord instance) {
        var tenant = tenant(instance.address().tenant());
        if (tenant.isEmpty()) {
            return Optional.of(installed.isEmpty() ? Refusal.NO_STATE : Refusal.NOT_IN_STATE);
        }
        long warm = instances.stream()
                .filter(i -> i.address().tenant().equals(instance.address().tenant()))
                .filter(i -> i.state() == InstanceState.WARM || i.intent().equals(Optional.of(Intent.PAUSE)))
                .count();
        return warm < tenant.get().quotas().maxWarm() ? Optional.empty() : Optional.of(Refusal.QUOTA_EXCEEDED);
    }

    /// Empty if `instance` may be put to sleep. That is allowed even when all else is not: it takes nothing but a
    /// sealer, and room for a snapshot, which one has from the intent to sleep until it no longer sleeps.
    public Optional<Refusal> sleep(InstanceRecord instance) {
        var closed = snapshotKey(instance);
        if (closed.isPresent()) {
            return closed;
        }
        var tenant = tenant(instance.address().tenant()).orElseThrow(); // whose the key is
        var atWork = instances.stream()
                .filter(i -> i.intent().equals(Optional.of(Intent.SLEEP))
                        && !i.address().equals(instance.address()))
                .map(i -> i.address().tenant())
                .toList();
        int tenants = Set.copyOf(atWork).size();
        boolean room = atWork.contains(tenant.tenant())
                ? atWork.size() - tenants < FURTHER_SLEEPS
                : tenants < SLEEPING_TENANTS;
        if (!room) {
            return Optional.of(Refusal.TOO_MANY_SLEEPS);
        }
        long others = instances.stream()
                .filter(i -> i.address().tenant().equals(tenant.tenant())
                        && !i.address().equals(instance.address()))
                .filter(i -> i.state() == InstanceState.SLEEPING || i.intent().equals(Optional.of(Intent.SLEEP)))
                .mapToLong(i -> i.resources().memMib())
                .sum();
        boolean fits = others + instance.resources().memMib() <= tenant.quotas().maxSleepingMemMib();
        return unless(fits, Refusal.QUOTA_EXCEEDED);
    }

    private Optional<Refusal> snapshotKey(InstanceRecord instance) {
        if (installed.isEmpty()) {
            return Optional.of(Refusal.NO_STATE);
        }
        var key = installed.get().key(instance.address().poolAddress(), KeyPurpose.SNAPSHOT);
        return unless(key.isPresent(), Refusal.NO_SNAPSHOT_KEY);
    }

    /// Empty if `instance`, which sleeps, may run on.
    public Optional<Refusal> wake(InstanceRecord instance) {
        if (!instance.sleep().mayWake()) {
            return Optional.of(Refusal.NO_SNAPSHOT);
        }
        var closed = snapshotKey(instance);
        return closed.isPresent() ? closed : start(instance);
    }

    /// Empty if the signed pool allows agents to reach its instances in this way.
    public Optional<Refusal> handOver(HostOperation.HandOver o, InstanceRecord instance) {
        if (installed.isEmpty()) {
            return Optional.of(Refusal.NO_STATE);
        }
        var pool = pool(instance.address().poolAddress());
        if (pool.isEmpty()) {
            return Optional.of(Refusal.NOT_IN_STATE);
        }
        var flags = pool.get().flags();
        return switch (o) {
            case HostOperation.GuestExec _ -> unless(flags.contains(PoolFlag.EXEC), Refusal.EXEC_NOT_GRANTED);
            case HostOperation.GuestLogs _ -> unless(flags.contains(PoolFlag.LOGS), Refusal.LOGS_NOT_GRANTED);
        };
    }

    /// Returns whether the tenant's quotas have room for one more running instance that brings this much into
    /// memory.
    private Optional<Refusal> quotas(InstanceRecord instance, int moreVcpus, int moreMemory) {
        var quotas = tenant(instance.address().tenant()).orElseThrow().quotas();
        long vcpus = moreVcpus;
        long memory = moreMemory;
        long running = 1;
        for (var other : instances) {
            if (other.address().tenant().equals(instance.address().tenant()) && other.holdsMemory()) {
                vcpus += other.resources().vcpus();
                memory += other.resources().memMib();
                boolean rests = other.state() == InstanceState.WARM
                        && !other.intent().equals(Optional.of(Intent.RESUME)); // which is under way
                running += rests ? 0 : 1;
            }
        }
        boolean fits = vcpus <= quotas.maxVcpus() && memory <= quotas.maxMemMib() && running <= quotas.maxRunning();
        return unless(fits, Refusal.QUOTA_EXCEEDED);
    }

    private Optional<Refusal> asInState(InstanceRecord instance) {
        var absent = present(instance);
        if (absent.isPresent()) {
            return absent;
        }
        var pool = pool(instance.address().poolAddress()).orElseThrow();
        if (!pool.revision().equals(instance.revision())) {
            return Optional.of(Refusal.REVISION_DIFFERS);
        }
        return unless(pool.resources().equals(instance.resources()), Refusal.RESOURCES_DIFFER);
    }

    private Optional<Refusal> present(InstanceRecord instance) {
        var frozen = frozen(instance.address().tenant());
        if (frozen.isPresent()) {
            return frozen;
        }
        return unless(pool(instance.address().poolAddress()).isPresent(), Refusal.NOT_IN_STATE);
    }

    private Optional<Refusal> frozen(TenantId tenant) {
        if (installed.isEmpty()) {
            return Optional.of(Refusal.NO_STATE);
        }
        if (installed.get().tenant(tenant).isEmpty()) {
            return Optional.of(Refusal.NOT_IN_STATE);
        }
        return installed.get().frozen(tenant, now) ? Optional.of(Refusal.FROZEN) : Optional.empty();
    }

    private static Optional<Refusal> unless(boolean holds, Refusal otherwise) {
        return holds ? Optional.empty() : Optional.of(otherwise);
    }

    private Optional<NodeState.Tenant> tenant(TenantId id) {
        return installed.flatMap(state -> state.tenant(id));
    }

    private Optional<NodeState.Pool> pool(PoolAddress address) {
        return installed.flatMap(state -> state.pool(address));
    }
}
