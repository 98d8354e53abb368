package dev.mvm.hostd.snapshot;

import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.sealer.TransferMode;
import java.io.IOException;
import java.util.Optional;

/// A snapshot on its way into a VM. Its steps are [#verify] and [#load].
@SuppressWarnings("MustBeClosedChecker") // close() closes what is opened here
public final class Opening implements AutoCloseable {
    private final Sealing sealing;
    private final InstanceRecord instance;
    private final String vmm;
    private final StateTransfer transfer;
    private Optional<SnapshotFiles> files = Optional.empty();
    private Optional<Sealer> sealer = Optional.empty();

    /// Takes over `transfer`.
    Opening(Sealing sealing, InstanceRecord instance, String vmm, StateTransfer transfer) {
        this.sealing = sealing;
        this.instance = instance;
        this.vmm = vmm;
        this.transfer = transfer;
    }

    /// Has a sealer verify that the snapshot is that of the instance's epoch. Nothing of it is used yet.
    public void verify() throws StepException {
        try {
            var key = sealing.under(instance);
            files = Optional.of(sealing.files(instance.address().instance(), key));
            var request = sealing.request(Job.OPEN, instance, key, vmm, transfer.way());
            sealer = Optional.of(sealing.start(request, files.get(), transfer, key));
            var _ = sealer.get().reply(SealReply.Authentic.class);
        } catch (IOException e) {
            throw Sealing.failed(e);
        }
    }

    /// Loads the VM's state. Precondition: it is verified, and the epoch is consumed.
    ///
    /// @return the connection to the sealer, the caller's to close, if it still brings pages; otherwise all of the
    ///     memory is there, and the snapshot is destroyed
    public Optional<PacketSocket> load() throws StepException {
        var verified = sealer.orElseThrow();
        try {
            verified.go();
            try {
                transfer.pass();
            } catch (StepException e) {
                throw verified.cause(e);
            }
            if (transfer.way() == TransferMode.PAGES) {
                var _ = verified.reply(SealReply.Paged.class);
                return Optional.of(PacketSocket.own(verified.socket().fd().move()));
            }
            var _ = verified.last(SealReply.Opened.class);
            transfer.finish();
            sealing.destroy(instance.address().instance(), false);
            return Optional.empty();
        } catch (IOException e) {
            throw Sealing.failed(e);
        }
    }

    @Override
    public void close() throws StepException {
        sealer.ifPresent(Sealer::close);
        files.ifPresent(SnapshotFiles::close);
        transfer.close();
    }
}
