package dev.mvm.agentd.audit;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.audit.Phase;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.client.ReplyCode;
import dev.mvm.protocol.trust.InstalledState;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Client of hostd that records every operation for a tenant in the tenant's audit: the decision before hostd is
/// asked, and the answer after it. Code that changes something of a tenant uses no other client.
public final class AuditedHostd implements Hostd {

    private final Hostd hostd;
    private final TenantAudits audits;
    private final Addresses addresses;
    private final AuditedOperations operations;

    /// @param by origin of the operations: `reconcile` or `operator`
    public AuditedHostd(
            Hostd hostd,
            TenantAudits audits,
            Addresses addresses,
            Supplier<Optional<InstalledState>> state,
            String by) {
        this(hostd, audits, addresses, new AuditedOperations(addresses, state, by, Optional.empty()));
    }

    private AuditedHostd(Hostd hostd, TenantAudits audits, Addresses addresses, AuditedOperations operations) {
        this.hostd = hostd;
        this.audits = audits;
        this.addresses = addresses;
        this.operations = operations;
    }

    @Override
    public Hostd under(Digest plan) {
        return new AuditedHostd(hostd.under(plan), audits, addresses, operations.under(plan));
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        var audited = operations.of(operation);
        if (audited.isEmpty()) {
            return hostd.call(operation);
        }
        decided(audited.get());
        try {
            var reply = hostd.call(operation);
            if (operation instanceof HostOperation.CreateInstance create && reply instanceof HostReply.Done) {
                addresses.created(create.address());
            }
            answered(audited.get(), reply);
            return reply;
        } catch (IOException e) {
            record(audited.get(), Phase.UNKNOWN, Hostd.UNREACHABLE);
            throw e;
        }
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) throws IOException, InterruptedException {
        var audited = operations.exec(instance, request);
        audited.ifPresent(this::decided);
        try {
            var exec = hostd.exec(instance, request);
            switch (exec) {
                case Exec.Running _ -> audited.ifPresent(it -> record(it, Phase.DONE, ""));
                case Exec.NotRunning(var reply) -> audited.ifPresent(it -> answered(it, reply));
            }
            return exec;
        } catch (IOException e) {
            audited.ifPresent(it -> record(it, Phase.UNKNOWN, Hostd.UNREACHABLE));
            throw e;
        }
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) throws IOException, InterruptedException {
        var audited = operations.logs(instance);
        audited.ifPresent(this::decided);
        try {
            var logs = hostd.logs(instance, follow);
            switch (logs) {
                case Logs.Opened _ -> audited.ifPresent(it -> record(it, Phase.DONE, ""));
                case Logs.NotOpened(var reply) -> audited.ifPresent(it -> answered(it, reply));
            }
            return logs;
        } catch (IOException e) {
            audited.ifPresent(it -> record(it, Phase.UNKNOWN, Hostd.UNREACHABLE));
            throw e;
        }
    }

    private void decided(AuditedOperation audited) {
        audits.record(audited.tenant(), List.of(audited.decided()));
    }

    private void answered(AuditedOperation audited, HostReply reply) {
        switch (reply) {
            case HostReply.Done _ -> record(audited, Phase.DONE, "");
            case HostReply.Ended(var how) -> record(audited, Phase.DONE, how.word());
            case HostReply.Refused _ -> record(audited, Phase.REFUSED, ReplyCode.of(reply));
            case HostReply.Failed _, HostReply.Observed _, HostReply.Found _, HostReply.Stated _ ->
                record(audited, Phase.FAILED, ReplyCode.of(reply));
        }
    }

    private void record(AuditedOperation audited, Phase phase, String reason) {
        audits.record(audited.tenant(), audited.outcome(phase, reason));
    }
}
