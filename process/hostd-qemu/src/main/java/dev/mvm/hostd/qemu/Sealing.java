package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.Snapshots;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Pipe;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.protocol.sealing.Job;
import dev.mvm.protocol.sealing.MachineFacts;
import dev.mvm.protocol.sealing.SealReply;
import dev.mvm.protocol.sealing.SealRequest;
import dev.mvm.protocol.sealing.Way;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Has sealers seal and open snapshots. Connecting makes the service manager start one, which has no rights and ends
/// with the one snapshot that it is handed: hostd itself sees neither what a guest's memory holds nor the snapshot's.
///
/// Thread-safe.
///
/// @param vmm the VMM and its version
/// @param under the connections of those that work
record Sealing(Supplier<String> vmm, Place place, HostFacts host, Map<InstanceId, PacketSocket> under)
        implements Snapshots {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /// All of a guest's memory, on a disk that is slow.
    private static final Duration WHOLE = Duration.ofMinutes(30);

    /// What version of its way of streaming a VMM has, is in the VMM's version.
    private static final String FORMAT = "stream";

    @Override
    public long seal(InstanceRecord instance, Directory io) throws StepException {
        try (var passage = StatePassage.out(io);
                var files =
                        SnapshotFiles.make(place.directory(), instance.address().instance());
                var sealer = ask(Job.SEAL, instance, files, passage.stream())) {
            place.directory().sync();
            var done = reply(sealer, WHOLE, SealReply.Sealed.class);
            passage.finish();
            return done.memoryBytes() + done.vmstateBytes() + done.manifestBytes();
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        } finally {
            under.remove(instance.address().instance());
        }
    }

    @Override
    public void open(InstanceRecord instance, Directory io, Machines.Consumption consumption) throws StepException {
        try (var passage = StatePassage.in(io);
                var files =
                        SnapshotFiles.open(place.directory(), instance.address().instance());
                var sealer = ask(Job.OPEN, instance, files, passage.stream())) {
            var _ = reply(sealer, PATIENCE, SealReply.Authentic.class);
            consumption.run();
            sealer.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
            var _ = reply(sealer, WHOLE, SealReply.Opened.class);
            passage.finish();
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        } finally {
            under.remove(instance.address().instance());
        }
    }

    @Override
    public void destroy(InstanceId instance) throws StepException {
        try {
            SnapshotFiles.destroy(place.directory(), instance);
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        }
    }

    @Override
    public boolean interrupt(InstanceId instance) throws StepException {
        var sealer = under.get(instance);
        try {
            if (sealer != null) {
                sealer.shutdown();
            }
            return sealer != null;
        } catch (ErrnoException e) {
            throw new StepException("sealer", e);
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's, closed here on the way out of an error
    private PacketSocket ask(Job job, InstanceRecord instance, SnapshotFiles files, Fd stream)
            throws IOException, StepException {
        var of = instance.address();
        var key = place.state()
                .get()
                .flatMap(each -> each.key(of.poolAddress(), KeyPurpose.SNAPSHOT))
                .orElseThrow(() -> new StepException("no_snapshot_key", "the state in force has none for " + of));
        var request = new SealRequest(
                job,
                Way.STREAM,
                of.tenant(),
                of.pool(),
                of.instance(),
                instance.sleep().epoch(),
                machine(instance),
                key.id(),
                key.version());
        var sealer = PacketSocket.connect(place.sealers(), Deadline.in(PATIENCE));
        boolean asked = false;
        try (var pipe = Pipe.create()) {
            var _ = place.keys()
                    .lend(of.tenant(), key, pipe.writing()::write)
                    .orElseThrow(() -> new StepException("no_snapshot_key", "it is not open: " + key.id()));
            pipe.writing().close();
            var handed = List.of(pipe.reading(), files.manifest(), files.memory(), files.vmstate(), stream);
            under.put(of.instance(), sealer);
            sealer.send(request.encode(), handed, Deadline.in(PATIENCE));
            asked = true;
            return sealer;
        } finally {
            if (!asked) {
                sealer.close();
            }
        }
    }

    private MachineFacts machine(InstanceRecord instance) {
        var words = vmm.get().split(" ", 2);
        var size = instance.resources();
        return new MachineFacts(
                words[0], words[1], FORMAT, host.cpu(), host.kernel(), size.vcpus(), (long) size.memMib() << 20);
    }

    private static <T extends SealReply> T reply(PacketSocket sealer, Duration patience, Class<T> wanted)
            throws IOException, StepException {
        try (var packet = sealer.receive(SealReply.MAX_BYTES, 0, Deadline.in(patience))
                .orElseThrow(() -> new StepException("sealer", "it has ended without a word, or was interrupted"))) {
            var reply = SealReply.parse(packet.bytes());
            if (wanted.isInstance(reply)) {
                return wanted.cast(reply);
            }
            var code = reply instanceof SealReply.Refused refused ? "snapshot_" + refused.code() : "sealer";
            throw new StepException(code, "the sealer says " + reply);
        }
    }
}
