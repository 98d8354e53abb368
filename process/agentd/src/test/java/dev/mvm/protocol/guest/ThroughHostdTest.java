package dev.mvm.protocol.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mvm.agentd.hostd.Hostd;
import dev.mvm.agentd.hostd.HostdSocket;
import dev.mvm.hostd.host.Changes;
import dev.mvm.hostd.host.HostFixture;
import dev.mvm.hostd.rpc.Answering;
import dev.mvm.hostd.rpc.PeerCheck;
import dev.mvm.hostd.rpc.Server;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.model.InstanceId;
import dev.mvm.protocol.guest.exec.ExecRefusal;
import dev.mvm.protocol.guest.exec.ExecRequest;
import dev.mvm.protocol.guest.exec.ExecStart;
import dev.mvm.protocol.hostd.HostReply;
import dev.mvm.protocol.hostd.Label;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/// The contract of guests, seen from the agent: its own client, hostd's socket and relay, the channel, a guest.
final class ThroughHostdTest extends GuestContract {
    @TempDir
    private Path folder;

    private final MemoryTransport.Pair ends = MemoryTransport.pair();
    private final HostFixture fixture = new HostFixture();
    private final List<AutoCloseable> opened = new ArrayList<>();
    private Thread serving;
    private InstanceId instance;
    private HostdSocket hostd;

    @Override
    GuestTransport dial() {
        serving = new FakeGuest().connect(ends.guest());
        return ends.host();
    }

    @BeforeEach
    @SuppressWarnings("MustBeClosedChecker") // closed after the test
    void serve() throws Exception {
        instance = fixture.running();
        fixture.machines.guest = Optional.of(channel());
        var directory = Directory.open(folder);
        var listener = UnixListener.streams(directory, "s", 0600);
        var stop = new WakeUp();
        var observer = fixture.observer(new Changes());
        int uid = (int) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        var answering = new Answering(fixture.host, observer, fixture.machines, _ -> {});
        var server = new Server(listener, new PeerCheck(uid, Optional.empty()), answering);
        var thread = Thread.ofPlatform().start(() -> {
            try {
                server.run(stop);
            } catch (ErrnoException e) {
                throw new AssertionError(e);
            }
        });
        hostd = new HostdSocket(folder.resolve("s"));
        opened.add(() -> {
            hostd.close();
            stop.signal();
            thread.join();
            stop.close();
            listener.close();
            directory.close();
        });
    }

    @Override
    ExecStart exec(ExecRequest request, ProgramListener output) throws Exception {
        return switch (hostd.exec(instance, request)) {
            case Hostd.Exec.Running(var program) -> Programs.listen(new ExecStart.Started(1, program), output);
            case Hostd.Exec.NotRunning(HostReply.Refused(Label(var reason))) ->
                switch (reason) {
                    case "guest_busy" -> new ExecStart.Refused(ExecRefusal.TOO_MANY_STREAMS);
                    case "program_not_found" -> new ExecStart.Refused(ExecRefusal.NOT_FOUND);
                    default -> throw new AssertionError(reason);
                };
            case Hostd.Exec.NotRunning(var reply) -> throw new AssertionError(reply);
        };
    }

    @Override
    void hangUp() throws Exception {
        for (var part : opened) {
            part.close();
        }
        ends.host().close();
        serving.join();
    }

    @AfterEach
    void nothingWasRefused() {
        assertThat(fixture.audited()).noneMatch(line -> line.contains("\"refused\""));
    }
}
