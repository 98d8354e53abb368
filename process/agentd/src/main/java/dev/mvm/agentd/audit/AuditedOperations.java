package dev.mvm.agentd.audit;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.model.NetId;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.audit.Fact;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.audit.PlanHash;
import dev.mvm.protocol.audit.TenantEvent;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.trust.InstalledState;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/// Finds the operations that change something of a tenant, and the tenant.
final class AuditedOperations {
    private static final String EXEC = "guest_exec";
    private static final String LOGS = "guest_logs";

    private final Addresses addresses;
    private final Supplier<Optional<InstalledState>> state;
    private final String by;
    private final Optional<Digest> plan;

    /// @param by origin of the operations, as in [Fact#by]
    /// @param plan hash of the plan that they are steps of
    AuditedOperations(Addresses addresses, Supplier<Optional<InstalledState>> state, String by, Optional<Digest> plan) {
        this.addresses = addresses;
        this.state = state;
        this.by = by;
        this.plan = plan;
    }

    /// The same for the operations of one plan.
    AuditedOperations under(Digest other) {
        return new AuditedOperations(addresses, state, by, Optional.of(other));
    }

    /// The audited form of `operation`; empty if the operation changes nothing of a tenant, or its instance is
    /// unknown.
    Optional<AuditedOperation> of(HostOperation operation) {
        return switch (operation) {
            case HostOperation.SetupNetwork o ->
                owner(o.net())
                        .map(tenant -> audited(o.word(), tenant, "net " + o.net(), TenantEvent.NETWORK_SET_UP, ""));
            case HostOperation.CreateInstance o -> {
                var size = o.resources();
                var detail = String.format(
                        Locale.ROOT,
                        "%s, %d vcpus, %d MiB, disk %d GiB",
                        o.revision(),
                        size.vcpus(),
                        size.memMib(),
                        size.diskGib());
                var address = o.address();
                yield Optional.of(
                        audited(o.word(), address.tenant(), address.toString(), TenantEvent.INSTANCE_CREATED, detail));
            }
            case HostOperation.AttachDrives o -> on(o, TenantEvent.INSTANCE_ATTACHED, "");
            case HostOperation.StartInstance o -> on(o, TenantEvent.INSTANCE_STARTED, "");
            case HostOperation.StopInstance o -> ends(o, TenantEvent.INSTANCE_STOPPED);
            case HostOperation.PauseInstance o -> on(o, TenantEvent.INSTANCE_WARMED, "");
            case HostOperation.ResumeInstance o -> on(o, TenantEvent.INSTANCE_RESUMED, "");
            case HostOperation.SleepInstance o ->
                on(o, TenantEvent.INSTANCE_SLEPT, o.force() ? "forced" : "", TenantEvent.SNAPSHOT_CREATED);
            case HostOperation.WakeInstance o -> on(o, TenantEvent.INSTANCE_WOKEN, "", TenantEvent.SNAPSHOT_RESTORED);
            case HostOperation.DestroyInstance o -> ends(o, TenantEvent.INSTANCE_DESTROYED);
            case HostOperation.Install _,
                    HostOperation.VerifyNetworks _,
                    HostOperation.Observe _,
                    HostOperation.GuestPing _,
                    HostOperation.HandOver _ -> Optional.empty();
        };
    }

    /// The audited form of a program's start: its name alone, as arguments may be secrets.
    Optional<AuditedOperation> exec(InstanceId instance, ExecRequest request) {
        var program = new String(request.argv().getFirst().array(), ISO_8859_1);
        return addresses.of(instance).map(known -> {
            var address = known.address();
            return audited(EXEC, address.tenant(), address.toString(), TenantEvent.INSTANCE_EXEC, program);
        });
    }

    /// The audited form of somebody's look at what an instance has printed.
    Optional<AuditedOperation> logs(InstanceId instance) {
        return addresses.of(instance).map(known -> {
            var address = known.address();
            return audited(LOGS, address.tenant(), address.toString(), TenantEvent.INSTANCE_LOGS, "");
        });
    }

    private Optional<AuditedOperation> ends(HostOperation.OnInstance o, TenantEvent event) {
        boolean asleep = addresses.of(o.instance()).map(Addresses.Known::asleep).orElse(false);
        return asleep ? on(o, event, "", TenantEvent.SNAPSHOT_DELETED) : on(o, event, "");
    }

    private Optional<AuditedOperation> on(
            HostOperation.OnInstance o, TenantEvent event, String detail, TenantEvent... besides) {
        return addresses.of(o.instance()).map(known -> {
            var address = known.address();
            return audited(o.word(), address.tenant(), address.toString(), event, detail, besides);
        });
    }

    private AuditedOperation audited(
            String action, TenantId tenant, String subject, TenantEvent event, String detail, TenantEvent... besides) {
        long sequence = state.get().map(now -> now.state().value().sequence()).orElse(0L);
        var hash = plan.filter(
                        _ -> event != TenantEvent.INSTANCE_EXEC && event != TenantEvent.INSTANCE_LOGS) // of no plan
                .or(() -> Optional.of(PlanHash.of(action, subject)));
        var decided = new Fact(event, Phase.DECIDED, by, subject, hash, sequence, "", detail);
        return new AuditedOperation(tenant, decided, List.of(besides));
    }

    private Optional<TenantId> owner(NetId net) {
        return state.get().stream()
                .flatMap(now -> now.state().value().tenants().stream())
                .filter(tenant -> tenant.network().net().equals(net))
                .map(tenant -> tenant.tenant())
                .findFirst();
    }
}
