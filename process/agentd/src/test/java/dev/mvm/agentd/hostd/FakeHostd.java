package dev.mvm.agentd.hostd;

import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.model.Bytes;
import dev.mvm.model.Digest;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStream;
import dev.mvm.protocol.hostd.HostOperation;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.HostRequest;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// hostd's own policy, registry and trust over VMs that exist only in memory.
public final class FakeHostd implements Hostd {
    public final HostFixture fixture;
    public final List<HostOperation> asked = Collections.synchronizedList(new ArrayList<>());
    public final Changes changes = new Changes();

    /// Run before each operation but observations, on the thread that asks for it.
    public volatile Consumer<HostOperation> before = _ -> {};

    private volatile boolean reachable = true;

    public FakeHostd() {
        this(new HostFixture());
    }

    public FakeHostd(HostFixture fixture) {
        this.fixture = fixture;
    }

    public void reachable(boolean now) {
        reachable = now;
        changes.changed();
    }

    @Override
    public HostReply call(HostOperation operation) throws IOException {
        return call(HostRequest.unplanned(operation));
    }

    @Override
    public Hostd under(Digest plan) {
        return new Hostd() {
            @Override
            public HostReply call(HostOperation operation) throws IOException {
                return FakeHostd.this.call(new HostRequest(operation, Optional.of(plan)));
            }

            @Override
            public Hostd under(Digest other) {
                return FakeHostd.this.under(other);
            }

            @Override
            public Logs logs(InstanceId instance, boolean follow) {
                return FakeHostd.this.logs(instance, follow);
            }

            @Override
            public Exec exec(InstanceId instance, ExecRequest request) {
                return FakeHostd.this.exec(instance, request);
            }
        };
    }

    private HostReply call(HostRequest request) throws IOException {
        var operation = request.operation();
        asked.add(operation);
        if (!reachable) {
            throw new IOException("no such socket");
        }
        try {
            if (operation instanceof HostOperation.Observe observe) {
                var observer = fixture.observer(changes);
                return new HostReply.Observed(observer.report(observer.await(observe)));
            }
            before.accept(operation);
            var reply = fixture.host.perform(request);
            changes.changed();
            return reply;
        } catch (StepException e) {
            return e.reply();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    @Override
    public Exec exec(InstanceId instance, ExecRequest request) {
        return new Exec.NotRunning(handOver(new HostOperation.GuestExec(instance, ExecStream.opening(request))));
    }

    @Override
    public Logs logs(InstanceId instance, boolean follow) {
        return new Logs.NotOpened(handOver(new HostOperation.GuestLogs(instance, follow)));
    }

    private HostReply handOver(HostOperation.HandOver operation) {
        try (var agent = Fd.open(Path.of("/dev/null"))) {
            return fixture.host
                    .handOver(operation, Bytes.EMPTY, agent)
                    .map(refusal -> refusal.reply())
                    .orElse(new HostReply.Done());
        } catch (ErrnoException e) {
            throw new AssertionError(e);
        }
    }
}
