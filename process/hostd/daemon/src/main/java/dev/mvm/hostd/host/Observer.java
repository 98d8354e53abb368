package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.hostd.registry.Registry;
import dev.mvm.model.InstanceState;
import dev.mvm.model.Slot;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.TreeHead;
import dev.mvm.protocol.trust.audit.AuditLog;
import dev.mvm.protocol.trust.store.TrustStore;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// Answers what there is.
///
/// @param security what hostd has found when it looked at itself and its host
public record Observer(
        TrustStore trust,
        Registry registry,
        Networks networks,
        Machines machines,
        Changes changes,
        AuditLog audit,
        String mode,
        List<Observation.Finding> security) {
    public Observer {
        security = List.copyOf(security);
    }

    public Observation observe(HostOperation.Observe o) throws InterruptedException {
        long change = changes.await(o.change(), Duration.ofMillis(o.waitMillis()));
        var state = trust.installed().map(InstalledState::state);
        var hypervisor = machines.hypervisor();
        var traffic = networks.traffic();
        var asked = asked();
        return new Observation(
                change,
                mode,
                hypervisor.vmm(),
                hypervisor.accelerator(),
                trust.roots().newest().value().version(),
                trust.floor().log().map(TreeHead::size).orElse(0L),
                state.map(verified -> verified.value().sequence()).orElse(0L),
                state.map(verified -> verified.value().expires().getEpochSecond())
                        .orElse(0L),
                hypervisor.limits(),
                networks.up().stream().sorted().toList(),
                registry.all().stream()
                        .map(record -> instance(record, traffic, asked))
                        .toList(),
                audit.refusals(),
                security);
    }

    /// Of those that rest: one that runs answers for itself.
    private Map<Slot, Long> asked() {
        var resting = registry.all().stream()
                .filter(record -> record.state().rests())
                .map(InstanceRecord::slot)
                .toList();
        var asked = new HashMap<>(resting.isEmpty() ? Map.of() : networks.asked());
        asked.keySet().retainAll(Set.copyOf(resting));
        return asked;
    }

    private static Observation.Sleep sleep(InstanceRecord record) {
        var sleep = record.sleep();
        long memory = (long) record.resources().memMib() << 20;
        return new Observation.Sleep(
                sleep.sealed(), memory, sleep.bytes(), sleep.sealMillis(), sleep.openMillis(), sleep.at());
    }

    private Observation.Instance instance(InstanceRecord record, Map<String, Long> traffic, Map<Slot, Long> asked) {
        var id = record.address().instance();
        boolean runs = record.state() == InstanceState.RUNNING;
        var guest = runs ? machines.guest(id) : Machines.Guest.ABSENT;
        long bytes = runs ? traffic.getOrDefault(record.slot().tap(), 0L) : 0;
        var usage =
                new Observation.Usage(runs ? machines.cpuMillis(id) : 0, bytes, asked.getOrDefault(record.slot(), 0L));
        return new Observation.Instance(
                record.address(),
                record.slot(),
                record.state(),
                record.revision().digest(),
                record.resources(),
                machines.attached(id),
                guest.connected(),
                guest.ready(),
                guest.hook(),
                record.started(),
                record.reason(),
                usage,
                Optional.of(record.sleep()).filter(sleep -> sleep.sealed() > 0).map(sleep -> sleep(record)));
    }
}
