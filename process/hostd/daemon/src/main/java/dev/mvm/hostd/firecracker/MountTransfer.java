package dev.mvm.hostd.firecracker;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.engine.Vmm;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.socket.UnixListener;
import dev.mvm.protocol.guestd.VmmCommand;
import dev.mvm.protocol.sealer.TransferMode;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// Firecracker's: it writes and reads files on the VM's mount, and has the pages that its guest misses brought through
/// a socket that it connects to.
@SuppressWarnings("MustBeClosedChecker") // the transfer owns them
final class MountTransfer implements StateTransfer {
    private static final String FAULTS = "faults.sock";
    private static final int ANYONE = 0777; // in a directory that has one user
    private static final Duration WHOLE = Duration.ofMinutes(30);

    private final FirecrackerEngine engine;
    private final Vmm vmm;
    private final Fd device;
    private final Optional<UnixListener> faults;

    /// @param device of the mount
    /// @param faults the socket; only where it loads
    MountTransfer(FirecrackerEngine engine, Vmm vmm, Fd device, Optional<UnixListener> faults) {
        this.engine = engine;
        this.vmm = vmm;
        this.device = device;
        this.faults = faults;
    }

    @MustBeClosed
    static MountTransfer out(FirecrackerEngine engine, Vmm vmm) throws StepException {
        return new MountTransfer(engine, vmm, vmm.snap().lend(), Optional.empty());
    }

    @MustBeClosed
    static MountTransfer in(FirecrackerEngine engine, Vmm vmm) throws StepException {
        try (var device = vmm.snap().lend()) {
            var faults = UnixListener.streams(vmm.io(), FAULTS, ANYONE);
            return new MountTransfer(engine, vmm, device.move(), Optional.of(faults));
        } catch (ErrnoException e) {
            throw new StepException("vmm_state", e);
        }
    }

    @Override
    public TransferMode way() {
        return faults.isPresent() ? TransferMode.PAGES : TransferMode.FILES;
    }

    @Override
    public List<Fd> descriptors() {
        return Stream.concat(Stream.of(device), faults.stream().map(UnixListener::fd))
                .toList();
    }

    @Override
    public void handed(Fd sealer) throws StepException {
        device.close();
        vmm.snap().lent(sealer);
    }

    @Override
    public void pass() throws StepException {
        if (faults.isPresent()) {
            engine.require(vmm, new VmmCommand.Load(), FirecrackerEngine.PATIENCE);
        } else {
            engine.require(vmm, new VmmCommand.Save(), WHOLE);
        }
    }

    @Override
    public void returned(Fd descriptor) throws StepException {
        vmm.snap().giveBack(descriptor);
    }

    @Override
    public void close() throws StepException {
        faults.ifPresent(UnixListener::close);
        if (device.isOpen()) { // nobody was handed it
            vmm.snap().giveBack(device.move());
        }
    }
}
