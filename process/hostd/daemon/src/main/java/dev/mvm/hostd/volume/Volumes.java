package dev.mvm.hostd.volume;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.BlobKeys;
import dev.mvm.hostd.policy.Refusal;
import dev.mvm.hostd.registry.InstanceRecord;
import dev.mvm.linux.cryptsetup.Luks;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.FileStatus;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.TenantKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The data volumes of this node's instances; docs/protocol/volume.md. The caller holds the instance's lock. A
/// key that is replaced while it is used opens what came of it still, until [#rekey].
public final class Volumes {
    private static final long GIB = 1L << 30;
    private static final int LABEL = 36; // a UUID as text
    private static final int BEFORE = 1 << 20; // bytes before the contents: the label, and nothing
    private static final int OWNER_ONLY = 0600;
    private static final String INTEGRITY = "integrity"; // label of a header

    private final Directory directory;
    private final BlobKeys keys;
    private final Supplier<Optional<InstalledState>> state;
    private final Consumer<String> log;
    private final VolumeDevices devices;
    private final Luks luks = new Luks();
    private final Hkdf hkdf;
    private final SealedHeaders headers;

    /// @param directory root's own, for nothing else
    /// @param state the one in force
    public Volumes(
            Directory directory,
            BlobKeys keys,
            Supplier<Optional<InstalledState>> state,
            VolumeDevices devices,
            Consumer<String> log)
            throws IOException {
        var libcrypto = new Libcrypto();
        this.directory = directory;
        this.keys = keys;
        this.state = state;
        this.devices = devices;
        this.log = log;
        this.hkdf = new Hkdf(libcrypto);
        this.headers = new SealedHeaders(directory, new AesGcm(libcrypto));
    }

    /// Opens an instance's volume; it is made first if the instance has none yet, and grows if more is granted.
    ///
    /// @param held how many GiB it has for certain: with 0 there may be none
    /// @return its block device, open for writing
    /// @throws ArtefactException if it is not there, is not this instance's, or there is no key for it; nothing has
    ///     changed
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    public Fd open(InstanceRecord instance, int held) throws ArtefactException, StepException {
        var id = instance.address().instance();
        try {
            devices.close(id); // of a start that did not come about
            try {
                return withKeys(instance, own -> {
                    putUnderKeyInForce(own, instance);
                    return unlock(instance, held, own);
                });
            } catch (ArtefactException e) {
                if (held > 0 || e.refusal() == Refusal.NO_VOLUME_KEY || e.refusal() == Refusal.NO_KEY_YET) {
                    throw e;
                }
                make(instance);
                return withKeys(instance, own -> unlock(instance, held, own));
            }
        } catch (IOException e) {
            throw new StepException("volume", e);
        }
    }

    @FunctionalInterface
    private interface KeyUse<T> {
        T with(VolumeKeys own) throws IOException, ArtefactException;
    }

    private <T> T withKeys(InstanceRecord instance, KeyUse<T> use) throws IOException, ArtefactException {
        var of = instance.address();
        try (var own = derived(choose(of.poolAddress()), of)) {
            return use.with(own);
        }
    }

    private boolean integrity(InstanceRecord instance) {
        return state.get()
                .flatMap(each -> each.pool(instance.address().poolAddress()))
                .filter(pool -> pool.flags().contains(PoolFlag.INTEGRITY))
                .isPresent();
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private Fd unlock(InstanceRecord instance, int held, VolumeKeys own) throws IOException, ArtefactException {
        var id = instance.address().instance();
        boolean integrity = integrity(instance);
        try (var data = data(id);
                var header = headers.open(id, label(data), own)) {
            long size = data.status().size() - BEFORE;
            long granted = instance.resources().diskGib() * GIB;
            if (size % GIB != 0 || size < held * GIB || size > granted) {
                throw new ArtefactException(Refusal.VOLUME_DIFFERS, id + ": its volume has " + size + " bytes");
            }
            if (luks.label(header, data).equals(INTEGRITY) != integrity || (integrity && size < granted)) {
                throw new ArtefactException(
                        Refusal.VOLUME_FIXED, id + ": its integrity or lack of it is fixed, and with it its size");
            }
            data.reserve(BEFORE + granted);
            data.sync();
            try (var key = key(header, data, own, integrity)) {
                return devices.open(id, data, BEFORE, granted, integrity ? VolumeDevices.INTEGRITY : 0, key);
            }
        }
    }

    /// The volume's key, and with integrity a key for tags that follows from it.
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end
    private SecretMemory key(Fd header, Fd data, VolumeKeys own, boolean integrity) throws IOException {
        var key = SecretMemory.allocate(Luks.KEY_SIZE + Hkdf.SIZE);
        try {
            luks.volumeKey(header, data, own.slot(), key);
            if (integrity) {
                try (var tags = hkdf.derive(key.bytes().asSlice(0, Luks.KEY_SIZE), "mvm volume v1\ntags\n")) {
                    key.bytes().asSlice(Luks.KEY_SIZE).copyFrom(tags.bytes());
                }
            }
            return key;
        } catch (IOException e) {
            key.close();
            throw e;
        }
    }

    /// Nothing leads to the new volume before its header is stored; what a crash leaves is made anew.
    private void make(InstanceRecord instance) throws IOException, ArtefactException {
        var id = instance.address().instance();
        boolean integrity = integrity(instance);
        remove(id);
        try (var data = directory.createBeneath(id.value(), OWNER_ONLY, OpenFlag.READ_WRITE);
                var header = Fd.inMemory();
                var arena = Arena.ofConfined()) {
            var label = UUID.randomUUID().toString().getBytes(US_ASCII);
            data.reserve(BEFORE + instance.resources().diskGib() * GIB);
            data.writeAll(arena.allocateFrom(JAVA_BYTE, label));
            data.sync();
            var made = withKeys(instance, own -> {
                luks.format(header, data, BEFORE, own.slot(), integrity ? INTEGRITY : "");
                return key(header, data, own, integrity);
            });
            try (made) { // with integrity it takes long, so that no tenant's key is held meanwhile
                int flags = VolumeDevices.NEW + (integrity ? VolumeDevices.INTEGRITY : 0);
                long size = instance.resources().diskGib() * GIB;
                try (var device = devices.open(id, data, BEFORE, size, flags, made)) {
                    device.sync();
                }
            }
            devices.close(id);
            var _ = withKeys(instance, own -> {
                key(header, data, own, integrity).close(); // it opens with this one still
                headers.put(id, SealedHeaders.HEADER, label, own, header);
                return true;
            });
        }
        log.accept(instance.address() + " has a new volume");
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private Fd data(InstanceId id) throws ErrnoException, ArtefactException {
        try (var file = directory.openBeneath(id.value(), OpenFlag.READ_WRITE, OpenFlag.NON_BLOCKING)) {
            if (file.status().kind() != FileStatus.Kind.REGULAR) {
                throw new ArtefactException(Refusal.VOLUME_DIFFERS, id + ": its volume is no regular file");
            }
            return file.move();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new ArtefactException(Refusal.VOLUME_MISSING, id + ": its volume is not there");
            }
            throw e;
        }
    }

    private static byte[] label(Fd data) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var label = arena.allocate(LABEL);
            data.read(label); // of a file that is shorter the rest is zeros, to which no header is bound
            return label.toArray(JAVA_BYTE);
        }
    }

    /// Closes a volume; fine if it is not open.
    public void close(InstanceId id) throws StepException {
        try {
            devices.close(id);
        } catch (IOException e) {
            throw new StepException("volume", e);
        }
    }

    /// Closes what earlier hostds have left open. A failure is logged: it concerns volumes, and VMs without one go on.
    ///
    /// @param running whose volumes stay
    public void closeOthers(Collection<InstanceId> running) {
        try {
            for (var id : devices.list()) {
                if (!running.contains(id)) {
                    log.accept("volume of " + id + " was left open");
                    closeLeftover(id);
                }
            }
        } catch (IOException e) {
            log.accept("volumes that were left open stay so: " + e.getMessage());
        }
    }

    private void closeLeftover(InstanceId id) {
        try {
            devices.close(id);
        } catch (IOException e) {
            log.accept("volume of " + id + " stays open: " + e.getMessage()); // its VM may be stuck
        }
    }

    /// Destroys a volume: first the way to its key, then the rest. No-op if absent.
    public void erase(InstanceId id) throws StepException {
        try {
            devices.close(id);
            remove(id);
        } catch (IOException e) {
            throw new StepException("volume", e);
        }
    }

    private void remove(InstanceId id) throws IOException {
        headers.erase(id);
        directory.sync();
        new DirectoryFiles(directory).remove(id.value());
        directory.sync();
    }

    /// Puts a volume under the key in force. Until that is done it opens with the one that this has replaced.
    ///
    /// @return whether it is under no other key now; false if none is in force
    /// @throws StepException also if no key opens it
    public boolean rekey(InstanceRecord instance) throws StepException {
        try {
            if (!older(instance).isEmpty()) {
                try (var own = derived(choose(instance.address().poolAddress()), instance.address())) {
                    putUnderKeyInForce(own, instance);
                }
            }
            return true;
        } catch (ArtefactException e) {
            if (e.refusal() == Refusal.VOLUME_DIFFERS) {
                throw new StepException("volume", String.valueOf(e.getMessage()));
            }
            return e.refusal() == Refusal.VOLUME_MISSING;
        } catch (IOException e) {
            throw new StepException("volume", e);
        }
    }

    private List<TenantKey> older(InstanceRecord instance) {
        var of = instance.address();
        boolean volume = instance.resources().diskGib() > 0;
        return volume ? keys.older(of.tenant(), KeyPurpose.VOLUME, choose(of.poolAddress())) : List.of();
    }

    /// No-op if there are no older keys.
    private void putUnderKeyInForce(VolumeKeys inForce, InstanceRecord instance) throws IOException, ArtefactException {
        var of = instance.address();
        var older = older(instance);
        if (!older.isEmpty()) {
            try (var data = data(of.instance())) {
                var label = label(data);
                if (!opens(of.instance(), label, inForce)) {
                    rekey(of, data, label, older, inForce);
                }
            }
        }
    }

    private boolean opens(InstanceId id, byte[] label, VolumeKeys own) throws IOException {
        try (var _ = headers.open(id, label, own)) {
            return true;
        } catch (ArtefactException _) {
            return false;
        }
    }

    private void rekey(InstanceAddress of, Fd data, byte[] label, List<TenantKey> older, VolumeKeys fresh)
            throws IOException, ArtefactException {
        for (var key : older) {
            try (var old = derived(Optional.of(key), of);
                    var header = headers.open(of.instance(), label, old)) {
                luks.changeSlotKey(header, data, old.slot(), fresh.slot());
                headers.put(of.instance(), SealedHeaders.NEXT, label, fresh, header);
                break;
            } catch (ArtefactException _) {
                // it is under another
            }
        }
        try (var _ = headers.open(of.instance(), label, fresh)) {
            // it has taken the other's place
        }
    }

    private Optional<TenantKey> choose(PoolAddress pool) {
        return state.get().flatMap(each -> each.key(pool, KeyPurpose.VOLUME));
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private VolumeKeys derived(Optional<TenantKey> key, InstanceAddress of) throws IOException, ArtefactException {
        var derived = key.isPresent()
                ? keys.lend(of.tenant(), key.get(), bytes -> VolumeKeys.derive(hkdf, bytes, of))
                : Optional.<VolumeKeys>empty();
        var refusal = key.isPresent() ? Refusal.NO_KEY_YET : Refusal.NO_VOLUME_KEY;
        return derived.orElseThrow(() -> new ArtefactException(refusal, of + ": no key for its volume is at hand"));
    }
}
