package dev.mvm.hostd.firecracker;

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
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.WakeUp;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.linux.socket.UnixStream;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.SessionTransport;
import dev.mvm.protocol.guestd.VmmCommand;
import dev.mvm.protocol.launch.LaunchRequest;
import dev.mvm.protocol.trust.Revision;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// Firecracker: configured and driven through its API socket, its guests calling on vsock.
public final class FirecrackerEngine implements Engine {
    /// docs/protocol/guest.md: guests dial this port, for which Firecracker connects to `UDS_1024`.
    private static final String GUEST_SOCKET = "v.sock_1024";

    private static final String SOCKET = "api.sock";
    private static final int ROOT_MIB = 12;
    private static final int ANYONE = 0777;
    static final Duration PATIENCE = Duration.ofSeconds(60);

    private final FirecrackerVersion version;
    private final boolean strict;

    /// @param version of the Firecracker that the launcher starts
    /// @param strict whether a filter of the operator's is installed for that version; every VMM runs under it
    ///     then, since the program may have none of its own, which nothing would tell
    public FirecrackerEngine(FirecrackerVersion version, boolean strict) {
        this.version = version;
        this.strict = strict;
    }

    @Override
    public Hypervisor hypervisor() {
        return new Hypervisor("firecracker " + version, "kvm", List.of());
    }

    @Override
    public boolean strict() {
        return strict;
    }

    @Override
    public boolean mounts() {
        return true;
    }

    @Override
    public LaunchRequest request(Boot boot) {
        return new LaunchRequest.Firecracker(
                boot.id(),
                boot.slot(),
                boot.resources(),
                boot.image().isPresent(),
                boot.rates(),
                ROOT_MIB,
                boot.strict() || strict);
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
    public void prepare(Vmm vmm, Boot boot, Pidfd process) throws StepException {
        VmmReadiness.await(vmm.io(), SOCKET, process);
        if (!boot.resumes()) {
            require(vmm, configuration(boot), PATIENCE);
        }
    }

    @Override
    public void run(Vmm vmm, Boot boot) throws StepException {
        var command = boot.resumes() ? new VmmCommand.GoOn(disks(boot), boot.rates()) : new VmmCommand.Start();
        require(vmm, command, PATIENCE);
    }

    private static VmmCommand.Disks disks(Boot boot) {
        return new VmmCommand.Disks(boot.image().isPresent(), boot.resources().diskGib() > 0);
    }

    static VmmCommand.Configure configuration(Boot boot) {
        var size = boot.resources();
        var slot = boot.slot();
        var network = boot.network();
        // what Debian's cloud kernel boots with; reboot=k lets a guest's reboot end the VM
        var bootLine = "console=ttyS0 reboot=k panic=1 quiet mitigations=off no_timer_check cryptomgr.notests"
                + " i8042.noaux i8042.nomux i8042.dumbkbd 8250.nr_uarts=1 mvm.id=" + boot.id() + " mvm.net="
                + network.address(slot) + "/" + network.subnet().prefix() + "," + network.gateway()
                + boot.image().map(image -> root(image, size.diskGib() > 0)).orElse("");
        return new VmmCommand.Configure(size.vcpus(), size.memMib(), slot, disks(boot), boot.rates(), bootLine);
    }

    /// Words for the first process of a guest with an image: docs/protocol/guest-init.md.
    private static String root(Revision.Image image, boolean volume) {
        return " mvm.disk=vda mvm.data_blocks=" + image.dataBlocks() + " mvm.root_hash="
                + image.rootHash().hex() + (volume ? " mvm.volume=vdb" : "");
    }

    @Override
    public void pause(Vmm vmm) throws StepException {
        require(vmm, new VmmCommand.Pause(), PATIENCE);
    }

    @Override
    public void resume(Vmm vmm) throws StepException {
        require(vmm, new VmmCommand.Resume(), PATIENCE);
    }

    @Override
    public boolean paused(Vmm vmm) throws StepException {
        var question = new VmmCommand.State();
        return switch (ask(vmm, question, PATIENCE)) {
            case PAUSED -> true;
            case RUNNING -> false;
            default -> throw failed(question);
        };
    }

    @Override
    @MustBeClosed
    public StateTransfer out(Vmm vmm) throws StepException {
        return MountTransfer.out(this, vmm);
    }

    @Override
    @MustBeClosed
    public StateTransfer in(Vmm vmm) throws StepException {
        return MountTransfer.in(this, vmm);
    }

    void require(Vmm vmm, VmmCommand command, Duration limit) throws StepException {
        switch (ask(vmm, command, limit)) {
            case DONE -> {}
            case OTHER_VERSION ->
                throw new StepException("vmm_version", "it is not " + version + ", which hostd.conf says");
            default -> throw failed(command);
        }
    }

    private Word ask(Vmm vmm, VmmCommand command, Duration limit) throws StepException {
        try (var api = UnixStream.connect(vmm.io(), SOCKET, Deadline.in(PATIENCE))) {
            try {
                return vmm.ask(command, version, api.fd(), limit);
            } finally {
                api.shutdown(); // also for a guestd that keeps it
            }
        } catch (ErrnoException e) {
            throw new StepException("vmm_api", e);
        }
    }

    private static StepException failed(VmmCommand command) {
        return new StepException("vmm_api", command.word() + " failed, and its guestd's log says how");
    }

    @Override
    public SessionTransport transport() {
        return SessionTransport.CONNECTION;
    }

    /// One guest, one connection: the caller takes connections one after another, and closes all others.
    private static final class Port implements GuestPort {
        private final UnixListener listener;

        Port(UnixListener listener) {
            this.listener = listener;
        }

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
