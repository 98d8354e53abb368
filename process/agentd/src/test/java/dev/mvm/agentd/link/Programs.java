package dev.mvm.agentd.link;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;

/// A hostd that only runs one program, or has one log.
record Programs(Hostd.Exec program, Hostd.Logs logs) implements Hostd {
    Programs(Hostd.Exec program) {
        this(program, new Logs.NotOpened(new HostReply.Done()));
    }

    @Override
    public HostReply call(HostOperation operation) {
        throw new AssertionError("nothing else is asked: " + operation);
    }

    @Override
    public Hostd under(Digest plan) {
        return this;
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) {
        return logs;
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) {
        return program;
    }
}
