package dev.mvm.hostd.machine;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.mount.DetachedMount;
import dev.mvm.model.InstanceId;
import java.nio.file.Path;
import java.util.Optional;

/// The mount on which a VMM writes what its VM sleeps as, and reads what it goes on from: the `/dev/fuse` of it, which
/// is here or with a sealer. The kernel ends the mount with the last who has it, so no copy stays where it is lent.
@SuppressWarnings("MustBeClosedChecker") // close() ends what it has
final class Snap implements AutoCloseable {
    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final FileStatus.Device FUSE = new FileStatus.Device(10, 229); // FUSE_MINOR, linux/miscdevice.h

    private final InstanceId id;
    private final Descriptors kept;

    @GuardedBy("this")
    private Optional<Fd> device = Optional.empty();

    @GuardedBy("this")
    private Optional<Fd> mount = Optional.empty();

    @GuardedBy("this")
    private boolean closed;

    Snap(InstanceId id, Descriptors kept) {
        this.id = id;
        this.kept = kept;
    }

    /// Makes the mount.
    ///
    /// @return for the launcher, which attaches it; it stays this object's
    synchronized Fd mount() throws ErrnoException {
        var fuse = Fd.open(DEVICE, OpenFlag.READ_WRITE);
        device = Optional.of(fuse);
        var made = DetachedMount.fuse(fuse);
        mount = Optional.of(made);
        return made;
    }

    /// The launcher has it.
    synchronized void mounted() throws ErrnoException {
        mount.ifPresent(Fd::close);
        if (device.isPresent()) {
            kept.keep(Descriptors.Kind.SNAP, id, device.get());
        }
    }

    synchronized boolean here() {
        return device.isPresent();
    }

    /// @throws StepException `cannot_sleep` if it is not here
    @MustBeClosed
    synchronized Fd lend() throws StepException {
        var lent = device.orElseThrow(
                () -> new StepException("cannot_sleep", "the sealer before has not given its mount back"));
        device = Optional.empty();
        return lent;
    }

    /// A sealer has it, and nobody else shall.
    void lent(Fd sealer) throws StepException {
        try {
            kept.keep(Descriptors.Kind.SEALER, id, sealer);
            kept.forget(id, Descriptors.Kind.SNAP);
        } catch (ErrnoException e) {
            throw new StepException("snapshot", e);
        }
    }

    /// Takes `fd`, which may be anything if a sealer was taken over: what is no `/dev/fuse` is closed.
    synchronized void giveBack(Fd fd) throws StepException {
        try (fd) {
            kept.forget(id, Descriptors.Kind.SEALER);
            if (!closed && device.isEmpty() && fd.status().special().equals(FUSE)) {
                kept.keep(Descriptors.Kind.SNAP, id, fd);
                device = Optional.of(fd.move());
            }
        } catch (ErrnoException e) {
            throw new StepException("snapshot", e);
        }
    }

    @Override
    public synchronized void close() {
        closed = true;
        device.ifPresent(Fd::close);
        mount.ifPresent(Fd::close);
    }
}
