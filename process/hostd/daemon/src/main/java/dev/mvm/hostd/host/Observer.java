package dev.mvm.hostd.host;

import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.model.InstanceState;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.Observation;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.TreeHead;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/// Reports the state of this host and of its instances. Thread-safe.
public final class Observer {
    private final RecordKeeper records;
    private final Networks networks;
    private final Machines machines;
    private final Changes changes;
    private final IntSupplier keyPeriod;
    private final String mode;
    private final List<Observation.Finding> security;

    /// @param mode `dev` or `hardened`
    /// @param security findings of hostd's checks of itself and its host at start
    public Observer(
            RecordKeeper records,
            Networks networks,
            Machines machines,
            Changes changes,
            IntSupplier keyPeriod,
            String mode,
            List<Observation.Finding> security) {
        this.records = records;
        this.networks = networks;
        this.machines = machines;
        this.changes = changes;
        this.keyPeriod = keyPeriod;
        this.mode = mode;
        this.security = List.copyOf(security);
    }

    /// Waits for a change after the one that the caller knows, at most for the time that it gives.
    ///
    /// @return the last change, for [#report]
    public long await(HostOperation.Observe o) throws InterruptedException {
        return changes.await(o.change(), Duration.ofMillis(o.waitMillis()));
    }

    /// Reports what is there at `change` or later.
    public Observation report(long change) throws StepException {
        var state = records.trust.installed().map(InstalledState::state);
        var hypervisor = machines.lifecycle().hypervisor();
        boolean rests = records.registry.all().stream()
                .anyMatch(record -> record.state().rests());
        var count = networks.count(rests);
        return new Observation(
                change,
                mode,
                hypervisor.vmm(),
                hypervisor.accelerator(),
                records.trust.roots().newest().value().version(),
                records.trust.floor().log().map(TreeHead::size).orElse(0L),
                state.map(verified -> verified.value().sequence()).orElse(0L),
                state.map(verified -> verified.value().expires().getEpochSecond())
                        .orElse(0L),
                keyPeriod.getAsInt(),
                hypervisor.limits(),
                count.up().stream().sorted().toList(),
                records.registry.all().stream()
                        .map(record -> instance(record, count))
                        .toList(),
                records.audit.refusals(),
                security);
    }

    private static Observation.Sleep sleep(InstanceRecord record) {
        var sleep = record.sleep();
        long memory = (long) record.resources().memMib() << 20;
        return new Observation.Sleep(
                sleep.sealed(), memory, sleep.bytes(), sleep.sealMillis(), sleep.openMillis(), sleep.at());
    }

    private Observation.Instance instance(InstanceRecord record, Networks.Count count) {
        var id = record.address().instance();
        boolean runs = record.state() == InstanceState.RUNNING;
        var guest = runs ? machines.guests().guest(id) : VmGuests.Guest.ABSENT;
        long bytes = runs ? count.traffic().getOrDefault(record.slot(), 0L) : 0;
        // one that runs answers requests itself
        long asked = record.state().rests() ? count.asked().getOrDefault(record.slot(), 0L) : 0;
        var usage = new Observation.Usage(runs ? machines.guests().cpuMillis(id) : 0, bytes, asked);
        return new Observation.Instance(
                record.address(),
                record.slot(),
                record.state(),
                record.revision(),
                record.resources(),
                machines.lifecycle().attached(record),
                guest.connected(),
                guest.ready(),
                records.behind.contains(id) || keyPeriod.getAsInt() == 0,
                guest.hook(),
                record.started(),
                record.reason(),
                usage,
                Optional.of(record.sleep()).filter(sleep -> sleep.sealed() > 0).map(sleep -> sleep(record)));
    }
}
