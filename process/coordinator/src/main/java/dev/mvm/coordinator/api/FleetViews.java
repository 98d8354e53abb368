package dev.mvm.coordinator.api;

import dev.mvm.coordinator.fleet.FleetState.Member;
import dev.mvm.coordinator.fleet.PoolTarget;
import dev.mvm.coordinator.trust.SignedGrant;
import dev.mvm.model.InstanceState;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.control.v1.Counts;
import dev.mvm.protocol.control.v1.Instance;
import dev.mvm.protocol.control.v1.Pool;
import dev.mvm.protocol.control.v1.Rates;
import dev.mvm.protocol.control.v1.Tenant;
import java.util.ArrayList;
import java.util.List;

/// Tenants and pools as operators see them: the desired state beside the state that nodes have reported.
final class FleetViews {
    private final List<Instance> instances;

    FleetViews(List<Instance> instances) {
        this.instances = instances;
    }

    Tenant tenant(Member member) {
        var tenant = member.tenant();
        var out = Tenant.newBuilder()
                .setTenant(tenant.tenant().value())
                .setNetId(tenant.network().net().value())
                .setSubnet(tenant.network().subnet().toString())
                .setPools(member.targets().size())
                .setInstances(count(tenant.tenant() + "/", InstanceState.values()));
        member.grant()
                .ifPresent(grant -> out.setGrant(grant.digest().value())
                        .setGrantExpires(grant.expires().toString())
                        .setMode(grant.mode().word()));
        return out.build();
    }

    List<Pool> pools(Member member) {
        var out = new ArrayList<Pool>();
        for (var target : member.targets()) {
            member.grant()
                    .flatMap(grant -> grant.pool(target.pool()))
                    .ifPresent(granted -> out.add(pool(member, target, granted)));
        }
        return out;
    }

    private Pool pool(Member member, PoolTarget target, SignedGrant.Pool granted) {
        var address = member.tenant().tenant() + "/" + target.pool();
        var revision = target.revision(granted);
        return Pool.newBuilder()
                .setAddress(address)
                .setDesired(counts(
                        target.counts().running(),
                        target.counts().warm(),
                        target.counts().sleeping()))
                .setActual(counts(
                        count(address + "/", InstanceState.RUNNING),
                        count(address + "/", InstanceState.WARM),
                        count(address + "/", InstanceState.SLEEPING)))
                .setRevision(revision.value())
                .setVcpus(granted.ceiling().vcpus())
                .setMemMib(granted.ceiling().memMib())
                .addAllFlags(
                        granted.flags().stream().sorted().map(PoolFlag::word).toList())
                .setGranted(granted.max())
                .setRates(rates(granted.rates()))
                .build();
    }

    private static Rates rates(dev.mvm.model.Rates rates) {
        return Rates.newBuilder()
                .setDiskMib(rates.diskMib())
                .setDiskRequests(rates.diskRequests())
                .setNetMib(rates.netMib())
                .setNetPackets(rates.netPackets())
                .build();
    }

    private static Counts counts(int running, int warm, int sleeping) {
        return Counts.newBuilder()
                .setRunning(running)
                .setWarm(warm)
                .setSleeping(sleeping)
                .build();
    }

    /// Returns the number of instances in these states; destroyed ones never count.
    private int count(String prefix, InstanceState... states) {
        var words = List.of(states).stream()
                .filter(state -> state != InstanceState.DESTROYED)
                .map(InstanceState::word)
                .toList();
        return (int) instances.stream()
                .filter(instance -> instance.getAddress().startsWith(prefix) && words.contains(instance.getState()))
                .count();
    }
}
