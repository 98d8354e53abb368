package dev.mvm.hostd.machine;

import dev.mvm.hostd.engine.SnapshotMount;
import dev.mvm.hostd.engine.Vmm;
import dev.mvm.hostd.host.StepException;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.process.Pidfd;
import dev.mvm.model.FirecrackerVersion;
import dev.mvm.protocol.guestd.Report.Word;
import dev.mvm.protocol.guestd.VmmCommand;
import java.time.Duration;

/// A VM that runs: its process and cgroup, the directory it shares with hostd, the guestd of its tenant, the
/// sessions with its guest, and its mount.
record Vm(Pidfd process, String cgroup, Directory io, Guestds.Tenant guests, GuestConnection guest, SnapshotMount snap)
        implements Vmm, AutoCloseable {
    /// @throws StepException `vmm` if it has ended
    void requireAlive() throws StepException {
        try {
            if (!process.isAlive()) {
                throw new StepException("vmm", "the VM has ended");
            }
        } catch (ErrnoException e) {
            throw new StepException("vmm", e);
        }
    }

    @Override
    public Word ask(VmmCommand command, FirecrackerVersion version, Fd api, Duration limit) throws StepException {
        var guestd =
                guests.guestd().orElseThrow(() -> new StepException("guestd", "no guestd: restart is backing off"));
        try {
            return guestd.ask(command, version, api, limit);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new StepException("vmm_api", "interrupted");
        }
    }

    @Override
    public void close() {
        snap.close();
        guest.close();
        guests.leave();
        io.close();
        process.close();
    }
}
