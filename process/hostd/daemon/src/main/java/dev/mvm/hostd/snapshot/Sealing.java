package dev.mvm.hostd.snapshot;

import com.google.errorprone.annotations.MustBeClosed;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.mvm.hostd.engine.StateTransfer;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Deadline;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
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
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/// Has sealers seal and open snapshots. A sealer has no rights and exits after the one snapshot that it is
/// handed: hostd itself reads neither a guest's memory nor the content of its snapshot.
///
/// Thread-safe.
public final class Sealing {
    /// Uses of the keys that are derived from a tenant's: to wrap a snapshot's own, and for the working set.
    private static final List<String> USES = List.of("wrap", "workingset");

    private final UnixAddress address;
    private final Directory directory;
    private final BlobKeys keys;
    private final Supplier<Optional<InstalledState>> state;
    private final HostFacts host;
    private final Hkdf hkdf = new Hkdf(new Libcrypto());

    /// Sealers of snapshots that are being sealed. Those of an opening are left out: to stop one would lose its guest.
    @GuardedBy("underWay")
    private final Map<InstanceId, Sealer> underWay = new HashMap<>();

    /// @param address socket where a connection is a sealer
    /// @param directory root's own, for snapshots only; it stays its owner's
    /// @param state the one in force
    public Sealing(UnixAddress address, Directory directory, BlobKeys keys, Supplier<Optional<InstalledState>> state)
            throws IOException {
        this.address = address;
        this.directory = directory;
        this.keys = keys;
        this.state = state;
        this.host = HostFacts.read();
    }

    /// Seals a VM that is paused, under the instance's epoch. It is paused afterwards as well.
    ///
    /// @param vmm its name and version
    /// @return size of the snapshot in bytes, all on stable storage
    public long seal(InstanceRecord instance, String vmm, StateTransfer transfer) throws StepException {
        var id = instance.address().instance();
        var key = key(instance);
        try (var files = SnapshotFiles.make(directory, id, key);
                var sealer = start(request(Job.SEAL, instance, key, vmm, transfer.way()), files, transfer, key)) {
            synchronized (underWay) {
                underWay.put(id, sealer);
            }
            try {
                directory.sync();
                var done = write(sealer, transfer);
                transfer.finish();
                return done.memoryBytes() + done.vmstateBytes() + done.manifestBytes();
            } finally {
                synchronized (underWay) { // nobody stops one that is closed
                    underWay.remove(id);
                }
            }
        } catch (IOException e) {
            throw new StepException("snapshot", e);
        }
    }

    private static SealReply.Sealed write(Sealer sealer, StateTransfer transfer) throws IOException, StepException {
        try {
            transfer.pass();
        } catch (StepException e) {
            throw sealer.cause(e);
        }
        if (transfer.way() == TransferMode.FILES) {
            sealer.go();
        }
        return sealer.last(SealReply.Sealed.class);
    }

    /// Prepares to open the snapshot of the instance's epoch.
    ///
    /// @param vmm its name and version
    /// @param transfer into a VM that was launched for that; taken over
    public Opening opening(InstanceRecord instance, String vmm, StateTransfer transfer) {
        return new Opening(this, instance, vmm, transfer);
    }

    @MustBeClosed
    SnapshotFiles files(InstanceId instance, TenantKey key) throws ErrnoException {
        return SnapshotFiles.open(directory, instance, key);
    }

    static StepException failed(IOException e) {
        boolean missing = e instanceof ErrnoException errno && errno.errno() == Errno.ENOENT;
        return new StepException(missing ? "snapshot_missing" : "snapshot", e);
    }

    /// Destroys an instance's snapshot, with the key of every copy of its streams. No-op if absent.
    ///
    /// @param all whether to destroy the record of its working set, too: it will not sleep again
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

    /// Interrupts the sealing of an instance.
    ///
    /// @return whether one was under way
    public boolean interrupt(InstanceId instance) throws StepException {
        synchronized (underWay) {
            var sealer = underWay.get(instance);
            try {
                if (sealer != null) {
                    sealer.stop();
                }
                return sealer != null;
            } catch (ErrnoException e) {
                throw new StepException("sealer", e);
            }
        }
    }

    /// Returns whether the key in force, if there is one, can be opened now.
    public boolean keyAtHand(InstanceRecord instance) {
        return key(state.get(), instance)
                .filter(key -> !keys.atHand(instance.address().tenant(), key))
                .isEmpty();
    }

    /// Returns the key in force, for snapshots that are sealed now.
    TenantKey key(InstanceRecord instance) throws StepException {
        return key(state.get(), instance)
                .orElseThrow(() -> new StepException("no_snapshot_key", "the state in force has none"));
    }

    /// Returns the key that a snapshot is under: the one in force, or an older one.
    TenantKey under(InstanceRecord instance) throws IOException, StepException {
        var inForce = key(instance);
        var all = new ArrayList<>(List.of(inForce));
        all.addAll(keys.older(instance.address().tenant(), KeyPurpose.SNAPSHOT, Optional.of(inForce)));
        return SnapshotFiles.first(directory, instance.address().instance(), all)
                .orElse(inForce);
    }

    private static Optional<TenantKey> key(Optional<InstalledState> state, InstanceRecord instance) {
        return state.flatMap(each -> each.key(instance.address().poolAddress(), KeyPurpose.SNAPSHOT));
    }

    SealRequest request(Job job, InstanceRecord instance, TenantKey key, String vmm, TransferMode way) {
        var of = instance.address();
        long epoch = instance.sleep().epoch();
        var machine = machine(instance, vmm, way);
        return new SealRequest(
                job, way, of.tenant(), of.pool(), of.instance(), epoch, machine, key.id(), key.version());
    }

    /// Starts a sealer that seals or opens a snapshot: connecting makes the service manager start one.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the result owns the connection
    Sealer start(SealRequest request, SnapshotFiles files, StateTransfer transfer, TenantKey key)
            throws IOException, StepException {
        var handed = new ArrayList<>(List.of(files.manifest(), files.memory(), files.vmstate()));
        handed.addAll(transfer.descriptors());
        if (transfer.way() == TransferMode.STREAM) {
            return start(request, key, handed, transfer);
        }
        boolean fresh = transfer.way() == TransferMode.PAGES;
        try (var workingSet = SnapshotFiles.wanted(directory, request.instance(), fresh)) {
            handed.add(workingSet);
            return start(request, key, handed, transfer);
        }
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // as above
    private Sealer start(SealRequest request, TenantKey key, List<Fd> handed, StateTransfer transfer)
            throws IOException, StepException {
        try (var socket = ask(request.tenant(), request.instance(), request.encode(), List.of(key), handed)) {
            transfer.handed(socket.fd());
            return new Sealer(PacketSocket.own(socket.fd().move()), transfer::returned);
        }
    }

    /// Starts a sealer for any request.
    ///
    /// @param of whose snapshot it is: what the sealer gets of `given` is of use for no other
    /// @param given tenant's keys, from which what is in the memory that is handed over first is derived
    @MustBeClosed
    private PacketSocket ask(TenantId tenant, InstanceId of, byte[] packet, List<TenantKey> given, List<Fd> handed)
            throws IOException, StepException {
        try (var socket = PacketSocket.connect(address, Deadline.in(Sealer.PATIENCE));
                var derived = SecretMemory.allocate(given.size() * USES.size() * Hkdf.SIZE)) {
            int size = 0;
            for (var key : given) {
                var to = derived.bytes().asSlice(size);
                size += keys.lend(tenant, key, bytes -> derive(bytes, tenant, of, to))
                        .orElseThrow(() -> new StepException("no_snapshot_key", "it is not open: " + key.id()));
            }
            try (var memory = derived.release()) {
                var all = new ArrayList<Fd>(List.of(memory));
                all.addAll(handed);
                socket.send(packet, all, Deadline.in(Sealer.PATIENCE));
            }
            return PacketSocket.own(socket.fd().move());
        }
    }

    /// Derives what a sealer gets of a tenant's key, one for each of [#USES] in their order, and returns their size.
    private int derive(MemorySegment key, TenantId tenant, InstanceId of, MemorySegment to) throws IOException {
        int size = 0;
        for (var use : USES) {
            try (var derived = hkdf.derive(key, "mvm snapshot v1\nsnap/" + use + "\n" + tenant + "\n" + of + "\n")) {
                to.asSlice(size).copyFrom(derived.bytes());
                size += Hkdf.SIZE;
            }
        }
        return size;
    }

    /// Puts an instance's snapshot, if it has one, under the key in force. Until that is done it opens with the
    /// one that this has replaced.
    ///
    /// @return whether it is under no other key now
    public boolean rekey(InstanceRecord instance) throws StepException {
        var of = instance.address();
        var inForce = key(state.get(), instance);
        var older = keys.older(of.tenant(), KeyPurpose.SNAPSHOT, inForce);
        if (!instance.hasSnapshot() || older.isEmpty()) {
            return !instance.hasSnapshot() || keyAtHand(instance);
        }
        try {
            var from = SnapshotFiles.first(directory, of.instance(), older);
            if (from.isPresent() && inForce.isPresent()) {
                rewrap(instance, from.get(), inForce.get());
            }
            return from.isEmpty() || inForce.isPresent();
        } catch (IOException e) {
            throw failed(e);
        }
    }

    private void rewrap(InstanceRecord instance, TenantKey from, TenantKey to) throws IOException, StepException {
        var id = instance.address().instance();
        var any = "any any"; // a rewrap does not compare the VMM
        var packet =
                request(Job.REWRAP, instance, from, any, TransferMode.STREAM).encode(to.id(), to.version());
        try (var old = directory.openBeneath(SnapshotFiles.manifest(id, from));
                var fresh = SnapshotFiles.nextManifest(directory, id);
                var socket = ask(instance.address().tenant(), id, packet, List.of(from, to), List.of(old, fresh))) {
            var _ = new Sealer(socket, Fd::close).reply(SealReply.Sealed.class);
        }
        SnapshotFiles.replaceManifests(directory, id, to);
    }

    /// Returns the facts that a snapshot is bound to. The version of its format is that of the VMM.
    private MachineFacts machine(InstanceRecord instance, String vmm, TransferMode way) {
        var size = instance.resources();
        var named = vmm.split(" ", 2);
        var format = way == TransferMode.STREAM ? "stream" : "files";
        long bytes = (long) size.memMib() << 20;
        return new MachineFacts(named[0], named[1], format, host.cpu(), host.kernel(), size.vcpus(), bytes);
    }
}
