package dev.mvm.hostd.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.host.Machines;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.KeySource;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.Pipe;
import dev.mvm.linux.socket.PacketSocket;
import dev.mvm.linux.socket.UnixAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.TenantId;
import dev.mvm.protocol.sealer.Job;
import dev.mvm.protocol.sealer.MachineFacts;
import dev.mvm.protocol.sealer.SealReply;
import dev.mvm.protocol.sealer.SealRequest;
import dev.mvm.protocol.sealer.TransferMode;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.SealedKey;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/// Has sealers seal and open snapshots. Connecting makes the service manager start one, which has no rights and ends
/// with the one snapshot that it is handed: hostd itself sees neither what a guest's memory holds nor the snapshot's.
///
/// Thread-safe.
///
/// @param sealers where they are asked for
/// @param directory root's own, for nothing else
/// @param state the one in force
/// @param breaks what breaks off the sealings under way. Openings are none of them: one would lose its guest
public record Sealing(
        UnixAddress sealers,
        Directory directory,
        KeySource keys,
        Supplier<Optional<InstalledState>> state,
        HostFacts host,
        Map<InstanceId, PacketSocket> breaks) {
    private static final Duration PATIENCE = Duration.ofSeconds(60);

    /// All of a guest's memory, on a disk that is slow.
    private static final Duration WHOLE = Duration.ofMinutes(30);

    /// Where sealers are asked for on this host.
    public static Sealing at(
            UnixAddress sealers, Directory directory, KeySource keys, Supplier<Optional<InstalledState>> state)
            throws IOException {
        return new Sealing(sealers, directory, keys, state, HostFacts.read(), new ConcurrentHashMap<>());
    }

    /// Seals a VM that is paused, under the instance's epoch. It is paused afterwards as well.
    ///
    /// @param vmm its name and version
    /// @return how many bytes the snapshot takes on disk, where it is when this returns
    public long seal(InstanceRecord instance, String vmm, StateTransfer passage) throws StepException {
        var id = instance.address().instance();
        var key = key(instance);
        var request = request(Job.SEAL, instance, key, passage.way(), machine(instance, vmm, passage.way()));
        try (var files = SnapshotFiles.make(directory, id, key);
                var sealer = ask(request, files, passage, key)) {
            breaks.put(id, sealer);
            try {
                directory.sync();
                var done = write(sealer, passage);
                passage.finish();
                return done.memoryBytes() + done.vmstateBytes() + done.manifestBytes();
            } finally {
                synchronized (breaks) { // nobody stops one that is closed
                    breaks.remove(id);
                }
            }
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        }
    }

    private static SealReply.Sealed write(PacketSocket sealer, StateTransfer passage)
            throws IOException, StepException {
        try {
            passage.pass();
        } catch (StepException e) {
            throw why(sealer, passage, e);
        }
        if (passage.way() == TransferMode.FILES) {
            sealer.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
        }
        return last(sealer, passage::returned, SealReply.Sealed.class);
    }

    /// What the sealer has refused, if that is why the VMM has failed; else how the VMM has.
    private static StepException why(PacketSocket sealer, StateTransfer passage, StepException failure)
            throws IOException {
        try {
            stop(sealer);
            var refused = last(sealer, passage::returned, SealReply.Refused.class);
            return refused.code().equals("stopped") ? failure : refusal(refused);
        } catch (StepException e) {
            return e;
        }
    }

    /// Has a sealer end before it is done. One that has ended already is fine: its last word can still be heard.
    public static void stop(PacketSocket sealer) throws ErrnoException {
        try {
            sealer.send(SealReply.stop(), List.of(), Deadline.in(PATIENCE));
        } catch (ErrnoException e) {
            if (e.errno() != Errno.EPIPE && e.errno() != Errno.ECONNRESET) {
                throw e;
            }
        }
    }

    /// Opens the snapshot of the instance's epoch into a VM that is prepared and was started for that.
    ///
    /// @param vmm its name and version
    /// @param consumption run once the snapshot is known to be that one, and before anything of it is given out
    /// @return the sealer, the caller's to close, if it still has pages to bring when the guest may run
    public Optional<PacketSocket> open(
            InstanceRecord instance, String vmm, StateTransfer passage, Machines.Consumption consumption)
            throws StepException {
        var id = instance.address().instance();
        var key = key(instance);
        var request = request(Job.OPEN, instance, key, passage.way(), machine(instance, vmm, passage.way()));
        try (var files = SnapshotFiles.open(directory, id, key);
                var sealer = ask(request, files, passage, key)) {
            var _ = reply(sealer, PATIENCE, passage::returned, SealReply.Authentic.class);
            consumption.run();
            sealer.send(SealReply.go(), List.of(), Deadline.in(PATIENCE));
            try {
                passage.pass();
            } catch (StepException e) {
                throw why(sealer, passage, e);
            }
            if (passage.way() == TransferMode.PAGES) {
                var _ = reply(sealer, PATIENCE, passage::returned, SealReply.Paged.class);
                return Optional.of(PacketSocket.own(sealer.fd().move()));
            }
            var _ = last(sealer, passage::returned, SealReply.Opened.class);
            passage.finish();
            destroy(id, false);
            return Optional.empty();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    /// Takes what a sealer gives back, and owns it from then on.
    @FunctionalInterface
    public interface Returning {
        void returned(Fd descriptor) throws StepException;
    }

    /// Waits for a sealer's last word.
    ///
    /// @throws StepException if it is not `wanted`
    public static <T extends SealReply> T last(PacketSocket sealer, Returning to, Class<T> wanted)
            throws IOException, StepException {
        return reply(sealer, WHOLE, to, wanted);
    }

    private static StepException failed(IOException e) {
        boolean missing = e instanceof ErrnoException errno && errno.errno() == Errno.ENOENT;
        return new StepException(missing ? "snapshot_missing" : "snapshot", e);
    }

    /// Destroys an instance's snapshot, if there is one: nobody can open it any more, nor a copy of its streams.
    ///
    /// @param all whether it will not sleep again either
    public void destroy(InstanceId instance, boolean all) throws StepException {
        try {
            SnapshotFiles.destroy(directory, instance);
            if (all) {
                SnapshotFiles.forgetWanted(directory, instance);
            }
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        }
    }

    /// Ends the sealing of an instance that is under way.
    ///
    /// @return whether there was one
    public boolean interrupt(InstanceId instance) throws StepException {
        synchronized (breaks) {
            var sealer = breaks.get(instance);
            try {
                if (sealer != null) {
                    stop(sealer);
                }
                return sealer != null;
            } catch (ErrnoException e) {
                throw new StepException("sealer", e);
            }
        }
    }

    /// The key in force, which what is sealed now is sealed with.
    private SealedKey key(InstanceRecord instance) throws StepException {
        return key(state.get(), instance)
                .orElseThrow(() -> new StepException("no_snapshot_key", "the state in force has none"));
    }

    private static Optional<SealedKey> key(Optional<InstalledState> state, InstanceRecord instance) {
        return state.flatMap(each -> each.key(instance.address().poolAddress(), KeyPurpose.SNAPSHOT));
    }

    private static SealRequest request(
            Job job, InstanceRecord instance, SealedKey key, TransferMode way, MachineFacts machine) {
        var of = instance.address();
        long epoch = instance.sleep().epoch();
        return new SealRequest(
                job, way, of.tenant(), of.pool(), of.instance(), epoch, machine, key.id(), key.version());
    }

    @MustBeClosed
    private PacketSocket ask(SealRequest request, SnapshotFiles files, StateTransfer passage, SealedKey key)
            throws IOException, StepException {
        var handed = new ArrayList<>(List.of(files.manifest(), files.memory(), files.vmstate()));
        handed.addAll(passage.descriptors());
        if (passage.way() == TransferMode.STREAM) {
            return handedOver(request, passage, key, handed);
        }
        try (var wanted = SnapshotFiles.wanted(directory, request.instance(), passage.way() == TransferMode.PAGES)) {
            handed.add(wanted);
            return handedOver(request, passage, key, handed);
        }
    }

    @MustBeClosed
    private PacketSocket handedOver(SealRequest request, StateTransfer passage, SealedKey key, List<Fd> handed)
            throws IOException, StepException {
        try (var sealer = ask(request.tenant(), request.encode(), List.of(key), handed)) {
            passage.handed(sealer.fd());
            return PacketSocket.own(sealer.fd().move());
        }
    }

    /// @param given what goes into the pipe that goes first
    @MustBeClosed
    private PacketSocket ask(TenantId tenant, byte[] packet, List<SealedKey> given, List<Fd> handed)
            throws IOException, StepException {
        try (var sealer = PacketSocket.connect(sealers, Deadline.in(PATIENCE));
                var pipe = Pipe.create()) {
            for (var key : given) {
                var _ = keys.lend(tenant, key, pipe.writing()::write)
                        .orElseThrow(() -> new StepException("no_snapshot_key", "it is not open: " + key.id()));
            }
            pipe.writing().close();
            var all = new ArrayList<Fd>(List.of(pipe.reading()));
            all.addAll(handed);
            sealer.send(packet, all, Deadline.in(PATIENCE));
            return PacketSocket.own(sealer.fd().move());
        }
    }

    /// Puts the snapshot of an instance that sleeps under the key of a state that is about to be in force. Until it is,
    /// it opens with the old one.
    public void rekey(InstalledState next, InstanceRecord instance) throws StepException {
        var from = key(state.get(), instance);
        var to = key(Optional.of(next), instance);
        if (from.isEmpty() || to.isEmpty() || name(from.get()).equals(name(to.get()))) {
            return;
        }
        var id = instance.address().instance();
        var any = machine(instance, "any any", TransferMode.STREAM); // it is not compared
        var packet = request(Job.REWRAP, instance, from.get(), TransferMode.STREAM, any)
                .encode(to.get().id(), to.get().version());
        try (var old = SnapshotFiles.manifest(directory, id, from.get());
                var fresh = SnapshotFiles.nextManifest(directory, id, to.get());
                var sealer =
                        ask(instance.address().tenant(), packet, List.of(from.get(), to.get()), List.of(old, fresh))) {
            var _ = reply(sealer, PATIENCE, Fd::close, SealReply.Sealed.class);
            directory.sync();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private static String name(SealedKey key) {
        return key.id() + "." + key.version();
    }

    /// What version of its format a VMM writes, is in the VMM's version.
    private MachineFacts machine(InstanceRecord instance, String vmm, TransferMode way) {
        var size = instance.resources();
        var named = vmm.split(" ", 2);
        var format = way == TransferMode.STREAM ? "stream" : "files";
        long bytes = (long) size.memMib() << 20;
        return new MachineFacts(named[0], named[1], format, host.cpu(), host.kernel(), size.vcpus(), bytes);
    }

    private static <T extends SealReply> T reply(PacketSocket sealer, Duration patience, Returning to, Class<T> wanted)
            throws IOException, StepException {
        try (var packet = sealer.receive(SealReply.MAX_BYTES, 1, Deadline.in(patience))
                .orElseThrow(() -> new StepException("sealer", "it has ended without a word, or was interrupted"))) {
            for (var descriptor : packet.descriptors()) {
                to.returned(descriptor.move());
            }
            var reply = SealReply.parse(packet.bytes());
            if (wanted.isInstance(reply)) {
                return wanted.cast(reply);
            }
            throw reply instanceof SealReply.Refused refused
                    ? refusal(refused)
                    : new StepException("sealer", "it says " + reply);
        }
    }

    private static StepException refusal(SealReply.Refused refused) {
        return new StepException("snapshot_" + refused.code(), "by the sealer");
    }
}
