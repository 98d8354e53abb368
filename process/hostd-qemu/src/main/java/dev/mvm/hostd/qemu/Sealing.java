package dev.mvm.hostd.qemu;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.Snapshots;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Pipe;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.sealing.Job;
import dev.mvm.protocol.sealing.MachineFacts;
import dev.mvm.protocol.sealing.SealReply;
import dev.mvm.protocol.sealing.SealRequest;
import dev.mvm.protocol.sealing.Way;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.SealedKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Has sealers seal and open snapshots. Connecting makes the service manager start one, which has no rights and ends
/// with the one snapshot that it is handed: hostd itself sees neither what a guest's memory holds nor the snapshot's.
///
/// Thread-safe.
///
/// @param sealing the connections of those that seal. An opening is none of them: broken off, it would lose the guest
record Sealing(Place place, HostFacts host, Map<InstanceId, PacketSocket> sealing) implements Snapshots {
    private static final Duration PATIENCE = Duration.ofSeconds(60);
    /// All of a guest's memory, on a disk that is slow.
    private static final Duration WHOLE = Duration.ofMinutes(30);

    /// What version of its way of streaming a VMM has, is in the VMM's version.
    private static final String FORMAT = "stream";

    @Override
    public long seal(InstanceRecord instance, Directory io) throws StepException {
        var id = instance.address().instance();
        var key = key(instance);
        try (var passage = StatePassage.out(io);
                var files = SnapshotFiles.make(place.directory(), id, key);
                var sealer =
                        ask(request(Job.SEAL, instance, key, QemuEngine.version(io)), files, passage.stream(), key)) {
            sealing.put(id, sealer);
            place.directory().sync();
            var done = reply(sealer, WHOLE, SealReply.Sealed.class);
            passage.finish();
            return done.memoryBytes() + done.vmstateBytes() + done.manifestBytes();
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        } finally {
            sealing.remove(id);
        }
    }

    @Override
    public void open(InstanceRecord instance, Directory io, Machines.Consumption consumption) throws StepException {
        var id = instance.address().instance();
        var key = key(instance);
        try (var passage = StatePassage.in(io);
                var files = SnapshotFiles.open(place.directory(), id, key);
                var sealer =
                        ask(request(Job.OPEN, instance, key, QemuEngine.version(io)), files, passage.stream(), key)) {
            var _ = reply(sealer, PATIENCE, SealReply.Authentic.class);
            consumption.run();
            sealer.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
            var _ = reply(sealer, WHOLE, SealReply.Opened.class);
            passage.finish();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static StepException failed(IOException e) {
        boolean missing = e instanceof ErrnoException errno && errno.errno() == Errno.ENOENT;
        return new StepException(missing ? "snapshot_missing" : "snapshot", e);
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
        var sealer = sealing.get(instance);
        try {
            if (sealer != null) {
                sealer.shutdown();
            }
            return sealer != null;
        } catch (ErrnoException e) {
            throw new StepException("sealer", e);
        }
    }

    /// The key in force, which what is sealed now is sealed with.
    private SealedKey key(InstanceRecord instance) throws StepException {
        return key(place.state().get(), instance)
                .orElseThrow(() -> new StepException("no_snapshot_key", "the state in force has none"));
    }

    private static Optional<SealedKey> key(Optional<InstalledState> state, InstanceRecord instance) {
        return state.flatMap(each -> each.key(instance.address().poolAddress(), KeyPurpose.SNAPSHOT));
    }

    private SealRequest request(Job job, InstanceRecord instance, SealedKey key, String version) {
        var of = instance.address();
        long epoch = instance.sleep().epoch();
        return new SealRequest(
                job,
                Way.STREAM,
                of.tenant(),
                of.pool(),
                of.instance(),
                epoch,
                machine(instance, version),
                key.id(),
                key.version());
    }

    @MustBeClosed
    private PacketSocket ask(SealRequest request, SnapshotFiles files, Fd stream, SealedKey key)
            throws IOException, StepException {
        var handed = List.of(files.manifest(), files.memory(), files.vmstate(), stream);
        return ask(request.tenant(), request.encode(), List.of(key), handed);
    }

    /// @param keys what goes into the pipe that goes first
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's, closed here on the way out of an error
    private PacketSocket ask(TenantId tenant, byte[] packet, List<SealedKey> keys, List<Fd> handed)
            throws IOException, StepException {
        var sealer = PacketSocket.connect(place.sealers(), Deadline.in(PATIENCE));
        boolean asked = false;
        try (var pipe = Pipe.create()) {
            for (var key : keys) {
                var _ = place.keys()
                        .lend(tenant, key, pipe.writing()::write)
                        .orElseThrow(() -> new StepException("no_snapshot_key", "it is not open: " + key.id()));
            }
            pipe.writing().close();
            var all = new ArrayList<Fd>(List.of(pipe.reading()));
            all.addAll(handed);
            sealer.send(packet, all, Deadline.in(PATIENCE));
            asked = true;
            return sealer;
        } finally {
            if (!asked) {
                sealer.close();
            }
        }
    }

    @Override
    public void rekey(InstalledState next, InstanceRecord instance) throws StepException {
        var from = key(place.state().get(), instance);
        var to = key(Optional.of(next), instance);
        if (from.isEmpty() || to.isEmpty() || name(from.get()).equals(name(to.get()))) {
            return;
        }
        var id = instance.address().instance();
        var packet = request(Job.REWRAP, instance, from.get(), "any") // its machine is not compared
                .encode(to.get().id(), to.get().version());
        try (var old = SnapshotFiles.manifest(place.directory(), id, from.get());
                var fresh = SnapshotFiles.nextManifest(place.directory(), id, to.get());
                var sealer =
                        ask(instance.address().tenant(), packet, List.of(from.get(), to.get()), List.of(old, fresh))) {
            var _ = reply(sealer, PATIENCE, SealReply.Sealed.class);
            place.directory().sync();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static String name(SealedKey key) {
        return key.id() + "." + key.version();
    }

    private MachineFacts machine(InstanceRecord instance, String version) {
        var size = instance.resources();
        return new MachineFacts(
                "qemu", version, FORMAT, host.cpu(), host.kernel(), size.vcpus(), (long) size.memMib() << 20);
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
