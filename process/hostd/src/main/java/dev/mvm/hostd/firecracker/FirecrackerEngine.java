package dev.mvm.hostd.firecracker;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.Answering;
import dev.mvm.hostd.engine.Boot;
import dev.mvm.hostd.engine.Engine;
import dev.mvm.hostd.engine.GuestPort;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.firecracker.Answer;
import dev.mvm.protocol.firecracker.Command;
import dev.mvm.protocol.firecracker.DeviceId;
import dev.mvm.protocol.firecracker.Done;
import dev.mvm.protocol.firecracker.FirecrackerClient;
import dev.mvm.protocol.firecracker.InstanceInfo;
import dev.mvm.protocol.firecracker.Operation;
import dev.mvm.protocol.firecracker.Query;
import dev.mvm.protocol.firecracker.VmmPath;
import dev.mvm.protocol.firecracker.WarmResume;
import dev.mvm.protocol.guestline.Link;
import dev.mvm.protocol.launch.LaunchRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Firecracker: configured and driven through its API socket, its guests calling on vsock.
///
/// @param version of the Firecracker that the launcher starts
/// @param strict whether a filter of the operator's is installed for that version
public record FirecrackerEngine(FirecrackerVersion version, boolean strict) implements Engine {
    /// docs/protocol/guest.md: guests dial this port, for which Firecracker connects to `UDS_1024`.
    private static final String GUEST_SOCKET = "v.sock_1024";

    private static final VmmPath VSOCK = new VmmPath("/io/v.sock");
    private static final VmmPath KERNEL = new VmmPath("/kernel");
    private static final VmmPath ROOTFS = new VmmPath("/rootfs");
    private static final VmmPath VOLUME = new VmmPath("/drive");
    private static final VmmPath THROWN_AWAY = new VmmPath("/io/state");
    private static final VmmPath NOWHERE = new VmmPath("/io/nowhere/memory");
    private static final int GUEST_CID = 3;
    private static final int ROOT_MIB = 12;
    private static final int ANYONE = 0777;
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    @Override
    public String vmm() {
        return "firecracker " + version;
    }

    @Override
    public String accelerator() {
        return "kvm";
    }

    @Override
    public List<String> limits() {
        return List.of();
    }

    @Override
    public LaunchRequest request(Boot boot) {
        return new LaunchRequest.Firecracker(
                boot.id(), boot.slot(), ROOT_MIB, boot.resources().diskGib() > 0, boot.strict());
    }

    @Override
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the port owns the listener
    public GuestPort guestPort(Directory io) throws StepException {
        try {
            io.remove(GUEST_SOCKET); // an earlier hostd's
            return new Port(UnixListener.streams(io, GUEST_SOCKET, ANYONE));
        } catch (ErrnoException e) {
            throw new StepException("guest_port", e);
        }
    }

    @Override
    public void prepare(Directory io, Boot boot, Pidfd process) throws StepException {
        Answering.await(io, ApiConnector.SOCKET, process);
        if (!info(io).version().equals(version)) {
            throw new StepException("vmm_version", "it is not " + version + ", which hostd.conf says");
        }
        for (var command : configuration(boot)) {
            require(io, command);
        }
    }

    @Override
    public void run(Directory io) throws StepException {
        require(io, new Command.InstanceStart());
    }

    static List<Command> configuration(Boot boot) {
        var size = boot.resources();
        var network = boot.network();
        // what Debian's cloud kernel boots with; reboot=k lets a guest's reboot end the VM
        var arguments = "console=ttyS0 reboot=k panic=1 quiet mitigations=off no_timer_check cryptomgr.notests"
                + " i8042.noaux i8042.nomux i8042.dumbkbd 8250.nr_uarts=1 mvm.id=" + boot.id() + " mvm.net="
                + network.address(boot.slot()) + "/" + network.subnet().prefix() + "," + network.gateway();
        var commands = new ArrayList<Command>(List.of(
                new Command.MachineConfig(size.vcpus(), size.memMib()),
                new Command.BootSource(KERNEL, ROOTFS, arguments),
                new Command.NetworkInterface(
                        new DeviceId("eth0"), boot.slot().tap(), boot.slot().mac()),
                new Command.Vsock(GUEST_CID, VSOCK),
                new Command.Entropy()));
        if (size.diskGib() > 0) {
            commands.add(new Command.Drive(new DeviceId("data"), VOLUME));
        }
        return commands;
    }

    @Override
    public void pause(Directory io) throws StepException {
        require(io, new Command.Pause());
    }

    @Override
    public void resume(Directory io) throws StepException {
        for (var step : WarmResume.plan(version, THROWN_AWAY, NOWHERE)) {
            var answer = call(io, step.command());
            if (!step.goesOn(answer)) {
                throw failed(step.command(), answer);
            }
        }
    }

    @Override
    public boolean paused(Directory io) throws StepException {
        return info(io).state() == InstanceInfo.State.PAUSED;
    }

    private InstanceInfo info(Directory io) throws StepException {
        var answer = call(io, new Query.DescribeInstance());
        if (answer instanceof Answer.Value<InstanceInfo>(var info)) {
            return info;
        }
        throw failed(new Query.DescribeInstance(), answer);
    }

    @Override
    public Link line() {
        return Link.CONNECTION;
    }

    private void require(Directory io, Command command) throws StepException {
        var answer = call(io, command);
        if (!(answer instanceof Answer.Value<Done>)) {
            throw failed(command, answer);
        }
    }

    private <T> Answer<T> call(Directory io, Operation<T> operation) {
        return new FirecrackerClient(new ApiConnector(io)).call(operation, PATIENCE);
    }

    private static StepException failed(Operation<?> operation, Answer<?> answer) {
        return new StepException("vmm_api", operation.getClass().getSimpleName() + " was answered " + answer);
    }

    /// One guest, one line: what else connects is closed by whoever takes the calls one after another.
    private record Port(UnixListener listener) implements GuestPort {
        @Override
        public Optional<UnixStream> next(WakeUp stop) throws IOException {
            var connection = listener.accept(stop);
            return connection.isPresent() ? Optional.of(UnixStream.own(connection.get())) : Optional.empty();
        }

        @Override
        public void close() {
            listener.close();
        }
    }
}
