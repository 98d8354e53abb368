package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.Answering;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.engine.Snapshots;
import dev.mvm.hostd.engine.VmmStream;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.protocol.guestline.Link;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.launch.LaunchRequest.Accelerator;
import dev.mvm.protocol.qmp.Connection;
import dev.mvm.protocol.qmp.QmpAnswer;
import dev.mvm.protocol.qmp.QmpClient;
import dev.mvm.protocol.qmp.QmpCommand;
import dev.mvm.protocol.qmp.RunState;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/// QEMU: complete on its command line, which the launcher composes, and driven through QMP.
final class QemuEngine implements Engine {
    static final String MONITOR = "qmp";
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final Accelerator accelerator;
    private final List<String> limits;
    private final Snapshots snapshots;
    private volatile String vmm = "qemu";

    QemuEngine(Accelerator accelerator, List<String> limits, Snapshots.Place place) throws IOException {
        this.accelerator = accelerator;
        this.snapshots = new Sealing(place, HostFacts.read(), new ConcurrentHashMap<>());
        this.limits = List.copyOf(limits);
    }

    @Override
    public String vmm() {
        return vmm;
    }

    @Override
    public String accelerator() {
        return accelerator.word();
    }

    @Override
    public List<String> limits() {
        return limits;
    }

    /// It has a filter of its own and no other.
    @Override
    public boolean strict() {
        return false;
    }

    @Override
    public LaunchRequest request(Boot boot) {
        return new LaunchRequest.Qemu(
                boot.id(), boot.slot(), boot.network(), boot.resources(), accelerator, boot.resumes());
    }

    @Override
    @MustBeClosed
    public GuestPort guestPort(Directory io) {
        return new SerialPort(io);
    }

    @Override
    public void prepare(Directory io, Boot boot, Pidfd process) throws StepException {
        Answering.await(io, MONITOR, process);
        vmm = "qemu " + version(io);
    }

    /// Of the QEMU that runs there, which an earlier hostd may have started.
    static String version(Directory io) throws StepException {
        return String.valueOf(call(io, new QmpCommand.QueryVersion()));
    }

    /// The launcher starts it with `-S`.
    @Override
    public void run(Directory io) throws StepException {
        resume(io);
    }

    @Override
    public void pause(Directory io) throws StepException {
        call(io, new QmpCommand.Stop());
    }

    @Override
    public void resume(Directory io) throws StepException {
        call(io, new QmpCommand.Cont());
    }

    @Override
    public boolean paused(Directory io) throws StepException {
        var state = call(io, new QmpCommand.QueryStatus());
        return state == RunState.PAUSED || state == RunState.POSTMIGRATE;
    }

    @Override
    public Optional<Snapshots> snapshots() {
        return Optional.of(snapshots);
    }

    @Override
    public Link line() {
        return Link.SERIAL_PORT;
    }

    static <T> T call(Directory io, QmpCommand<T> command) throws StepException {
        try (var stream = VmmStream.connect(io, MONITOR, System.nanoTime() + PATIENCE.toNanos());
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

    record Monitor(VmmStream stream) implements Connection {
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
