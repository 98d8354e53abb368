package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.engine.Vmm;
import dev.mvm.hostd.engine.VmmReadiness;
import dev.mvm.hostd.host.Hypervisor;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.qmp.MonitorConnection;
import dev.mvm.protocol.qmp.QmpAnswer;
import dev.mvm.protocol.qmp.QmpClient;
import dev.mvm.protocol.qmp.QmpCommand;
import dev.mvm.protocol.qmp.RunState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/// QEMU: complete on its command line, which the launcher composes, and driven through QMP.
final class QemuEngine implements Engine {
    static final String MONITOR = "qmp";
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Accelerator accelerator;
    private final List<String> limits;
    private final JailUser users;
    private volatile String vmm = "qemu unknown";

    QemuEngine(Accelerator accelerator, List<String> limits, JailUser users) {
        this.accelerator = accelerator;
        this.limits = List.copyOf(limits);
        this.users = users;
    }

    @Override
    public Hypervisor hypervisor() {
        return new Hypervisor(vmm, accelerator.word(), limits);
    }

    @Override
    public int user(int uid) {
        return users.orRoot(uid);
    }

    /// QEMU has a filter of its own and no other.
    @Override
    public boolean strict() {
        return false;
    }

    @Override
    public LaunchRequest request(Boot boot) {
        return new QemuLaunch(
                boot.id(), boot.slot(), boot.network(), boot.resources(), boot.image(), accelerator, boot.resumes());
    }

    @Override
    @MustBeClosed
    public GuestPort guestPort(Directory io) throws StepException {
        try {
            return new SerialPort(io);
        } catch (ErrnoException e) {
            throw new StepException("guest_port", e);
        }
    }

    @Override
    public boolean mounts() {
        return false;
    }

    @Override
    public void prepare(Vmm vmm, Boot boot, Pidfd process) throws StepException {
        VmmReadiness.await(vmm.io(), MONITOR, process);
        learn(vmm);
    }

    /// Asks for the version: an earlier hostd may have started another one.
    private void learn(Vmm there) throws StepException {
        vmm = "qemu " + call(there.io(), new QmpCommand.QueryVersion());
    }

    /// Starts the processors, which QEMU's `-S` has held.
    @Override
    public void run(Vmm vmm, Boot boot) throws StepException {
        resume(vmm);
    }

    @Override
    public void pause(Vmm vmm) throws StepException {
        call(vmm.io(), new QmpCommand.Stop());
    }

    @Override
    public void resume(Vmm vmm) throws StepException {
        call(vmm.io(), new QmpCommand.Cont());
    }

    @Override
    public boolean paused(Vmm vmm) throws StepException {
        var state = call(vmm.io(), new QmpCommand.QueryStatus());
        return state == RunState.PAUSED || state == RunState.POSTMIGRATE;
    }

    @Override
    @MustBeClosed
    public StateTransfer out(Vmm vmm) throws StepException {
        learn(vmm);
        return StreamTransfer.out(vmm.io());
    }

    @Override
    @MustBeClosed
    public StateTransfer in(Vmm vmm) throws StepException {
        learn(vmm);
        return StreamTransfer.in(vmm.io());
    }

    @Override
    public SessionTransport transport() {
        return SessionTransport.SERIAL_PORT;
    }

    static <T> T call(Directory io, QmpCommand<T> command) throws StepException {
        try (var stream = VmmSocket.connect(io, MONITOR, System.nanoTime() + PATIENCE.toNanos());
                var client = new QmpClient(new Monitor(stream), _ -> {})) {
            value("qmp_capabilities", client.negotiate(PATIENCE));
            return value(command.name(), client.call(command, PATIENCE));
        } catch (IOException e) {
            throw new StepException("vmm_api", String.valueOf(e.getMessage()));
        }
    }

    static <T> T value(String command, QmpAnswer<T> answer) throws StepException {
        if (answer instanceof QmpAnswer.Value<T>(var value)) {
            return value;
        }
        throw new StepException("vmm_api", command + " was answered " + answer);
    }

    /// A connection to QEMU's monitor.
    static final class Monitor implements MonitorConnection {
        private final VmmSocket stream;

        Monitor(VmmSocket stream) {
            this.stream = stream;
        }

        @Override
        public int read(ByteBuffer into, long deadline) throws IOException {
            return stream.read(into, deadline);
        }

        @Override
        public void write(ByteBuffer from, long deadline) throws IOException {
            stream.write(from, deadline);
        }

        @Override
        public void close() {
            stream.close();
        }
    }
}
