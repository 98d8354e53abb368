package dev.mvm.hostd.engine;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.socket.PacketSocket;
import java.nio.file.Path;
import java.util.Optional;

/// FUSE mount through which a VMM saves and loads its snapshot: its `/dev/fuse`, which is here or with a sealer. The
/// kernel ends the mount when the last copy is closed, so hostd keeps no copy of a device that it has lent.
@SuppressWarnings("MustBeClosedChecker") // close() ends what it has
public final class SnapshotMount implements AutoCloseable {
    /// Keeps a descriptor for a hostd that starts again, in place of another.
    @FunctionalInterface
    public interface Keeping {
        void keep(Fd fd) throws ErrnoException;
    }

    private static final Path DEVICE = Path.of("/dev/fuse");
    private static final FileStatus.Device FUSE = new FileStatus.Device(10, 229); // FUSE_MINOR, linux/miscdevice.h

    private final Keeping here;
    private final Keeping lent;

    @GuardedBy("this")
    private Optional<Fd> device = Optional.empty();

    @GuardedBy("this")
    private Optional<PacketSocket> sealer = Optional.empty();

    @GuardedBy("this")
    private Optional<Thread> listener = Optional.empty();

    @GuardedBy("this")
    private boolean closed;

    /// @param here keeps the device
    /// @param lent keeps the connection to the sealer that has it
    public SnapshotMount(Keeping here, Keeping lent) {
        this.here = here;
        this.lent = lent;
    }

    /// Opens the device.
    ///
    /// @return the device, of which the launcher makes the mount; it stays this object's
    public synchronized Fd open() throws ErrnoException {
        var fuse = Fd.open(DEVICE, OpenFlag.READ_WRITE);
        device = Optional.of(fuse);
        return fuse;
    }

    /// Keeps the device, of which the launcher has made the mount.
    public synchronized void keep() throws ErrnoException {
        if (device.isPresent()) {
            here.keep(device.get());
        }
    }

    public synchronized boolean here() {
        return device.isPresent();
    }

    /// The device, for a sealer.
    ///
    /// @throws StepException `cannot_sleep` if it is not here
    @MustBeClosed
    public synchronized Fd lend() throws StepException {
        var lent = device.orElseThrow(
                () -> new StepException("cannot_sleep", "the sealer before has not given its mount back"));
        device = Optional.empty();
        return lent;
    }

    /// Records that a sealer has the device.
    public void lent(Fd to) throws StepException {
        try {
            lent.keep(to);
        } catch (ErrnoException e) {
            throw new StepException("snapshot", e);
        }
    }

    /// Takes `fd` back. It may be anything if a sealer was taken over: anything but a `/dev/fuse` is closed. Nobody
    /// waits for a process that may serve it.
    public void giveBack(Fd fd) throws StepException {
        try {
            if (!fd.status().special().equals(FUSE)) {
                fd.closeApart();
                return;
            }
            take(fd);
        } catch (ErrnoException e) {
            throw new StepException("snapshot", e);
        }
    }

    private synchronized void take(Fd fuse) throws ErrnoException {
        try (fuse) {
            if (!closed && device.isEmpty()) {
                here.keep(fuse);
                device = Optional.of(fuse.move());
            }
        }
    }

    /// Waits for a sealer's last reply on a thread of its own, while the VM runs.
    ///
    /// @param given taken over
    /// @param wait returns when the reply has come
    public synchronized void follow(PacketSocket given, Runnable wait) {
        sealer = Optional.of(given);
        listener = Optional.of(Thread.ofPlatform().name("sealer").daemon().start(() -> {
            try (given) {
                wait.run();
            }
        }));
    }

    /// Also stops the sealer that is followed, and waits for the end of its thread.
    @Override
    public void close() {
        Optional<Thread> ends;
        try {
            synchronized (this) {
                closed = true;
                device.ifPresent(Fd::close);
                ends = listener;
                if (sealer.isPresent()) {
                    sealer.get().shutdown();
                }
            }
            if (ends.isPresent()) {
                ends.get().join();
            }
        } catch (ErrnoException e) {
            throw new IllegalStateException(e); // of a socket there is nothing else to do
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
