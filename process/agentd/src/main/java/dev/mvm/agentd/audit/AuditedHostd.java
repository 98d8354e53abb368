package dev.mvm.agentd.audit;

import dev.mvm.agentd.execute.Executor;
import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// The way to root, with everything that goes along it for a tenant written down: what is asked for before it is asked,
/// and then what was answered. Whoever changes something has no other way.
public final class AuditedHostd implements Hostd {
    private static final String UNREACHABLE = "hostd_unreachable";

    private final Hostd hostd;
    private final TenantAudits audits;
    private final Addresses addresses;
    private final AuditedOperations deeds;

    /// @param by who asks: `reconcile` or `operator`
    public AuditedHostd(
            Hostd hostd,
            TenantAudits audits,
            Addresses addresses,
            Supplier<Optional<InstalledState>> state,
            String by) {
        this.hostd = hostd;
        this.audits = audits;
        this.addresses = addresses;
        this.deeds = new AuditedOperations(addresses, state, by);
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        var deed = deeds.of(operation);
        if (deed.isEmpty()) {
            return hostd.call(operation);
        }
        decided(deed.get());
        try {
            var reply = hostd.call(operation);
            if (operation instanceof HostOperation.CreateInstance create && reply instanceof HostReply.Done) {
                addresses.created(create.address());
            }
            answered(deed.get(), reply);
            return reply;
        } catch (IOException e) {
            record(deed.get(), Phase.UNKNOWN, UNREACHABLE);
            throw e;
        }
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
        var deed = deeds.exec(instance, request);
        deed.ifPresent(this::decided);
        try {
            var exec = hostd.exec(instance, request);
            switch (exec) {
                case Exec.Running _ -> deed.ifPresent(it -> record(it, Phase.DONE, ""));
                case Exec.NotRunning(var why) -> deed.ifPresent(it -> answered(it, why));
            }
            return exec;
        } catch (IOException e) {
            deed.ifPresent(it -> record(it, Phase.UNKNOWN, UNREACHABLE));
            throw e;
        }
    }

    private void decided(AuditedOperation deed) {
        audits.record(deed.tenant(), List.of(deed.decided()));
    }

    private void answered(AuditedOperation deed, HostReply reply) {
        switch (reply) {
            case HostReply.Done _ -> record(deed, Phase.DONE, "");
            case HostReply.Ended(var how) -> record(deed, Phase.DONE, how.word());
            case HostReply.Refused _ -> record(deed, Phase.REFUSED, Executor.reason(reply));
            case HostReply.Failed _, HostReply.Observed _, HostReply.Found _ ->
                record(deed, Phase.FAILED, Executor.reason(reply));
        }
    }

    private void record(AuditedOperation deed, Phase phase, String reason) {
        audits.record(deed.tenant(), deed.outcome(phase, reason));
    }
}
