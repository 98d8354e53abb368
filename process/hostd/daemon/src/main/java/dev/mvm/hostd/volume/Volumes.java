package dev.mvm.hostd.volume;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.nio.charset.StandardCharsets.US_ASCII;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.hostd.files.DirectoryFiles;
import dev.mvm.hostd.host.ArtefactException;
import dev.mvm.hostd.host.StepException;
import dev.mvm.hostd.key.KeySource;
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
import dev.mvm.model.InstanceAddress;
import dev.mvm.model.InstanceId;
import dev.mvm.model.KeyPurpose;
import dev.mvm.model.PoolAddress;
import dev.mvm.model.PoolFlag;
import dev.mvm.protocol.trust.DocumentReason;
import dev.mvm.protocol.trust.InstalledState;
import dev.mvm.protocol.trust.RefusedException;
import dev.mvm.protocol.trust.SealedKey;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;

/// The data volumes of this node's instances; docs/protocol/volume.md.
///
/// Precondition of all methods about one instance: the caller holds the instance's lock.
///
/// A method that uses keys holds [KeySource]'s monitor from the choice of a key to its last use, so that no new state
/// takes the key out of force meanwhile.
public final class Volumes {
    private static final long GIB = 1L << 30;
    private static final int LABEL = 36; // a UUID as text
    private static final int BEFORE = 1 << 20; // bytes before the contents: the label and zeros
    private static final int OWNER_ONLY = 0600;

    private final Directory directory;
    private final KeySource keys;
    private final Supplier<Optional<InstalledState>> state;
    private final Consumer<String> log;
    private final Luks luks = new Luks();
    private final VolumeDevices devices = new VolumeDevices(luks);
    private final Hkdf hkdf;
    private final SealedHeaders headers;

    /// @param directory root's own, for volumes alone
    /// @param state the state in force
    public Volumes(Directory directory, KeySource keys, Supplier<Optional<InstalledState>> state, Consumer<String> log)
            throws IOException {
        var libcrypto = new Libcrypto();
        this.directory = directory;
        this.keys = keys;
        this.state = state;
        this.log = log;
        this.hkdf = new Hkdf(libcrypto);
        this.headers = new SealedHeaders(directory, new AesGcm(libcrypto));
    }

    /// Opens an instance's volume. Creates the volume if the instance has none yet, and grows it if more is granted.
    ///
    /// @param held least size of the volume in GiB; with 0 the volume may not exist
    /// @return the volume's block device, open for writing
    /// @throws ArtefactException if the volume is missing, is another instance's, or has no key; nothing has
    ///     changed
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    public Fd open(InstanceRecord instance, int held) throws ArtefactException, StepException {
        var id = instance.address().instance();
        try {
            devices.deactivate(id); // of a start that failed
            try {
                withKeys(instance, own -> unlock(instance, held, own));
            } catch (ArtefactException e) {
                if (held > 0 || e.refusal() == Refusal.NO_VOLUME_KEY) {
                    throw e;
                }
                make(instance);
                withKeys(instance, own -> unlock(instance, held, own));
            }
            return devices.open(id);
        } catch (IOException e) {
            throw new StepException("volume", e);
        }
    }

    @FunctionalInterface
    private interface KeyUse {
        void with(VolumeKeys own) throws IOException, ArtefactException;
    }

    private void withKeys(InstanceRecord instance, KeyUse use) throws IOException, ArtefactException {
        var of = instance.address();
        synchronized (keys) {
            try (var own = derived(choose(state.get(), of.poolAddress()), of)) {
                use.with(own);
            }
        }
    }

    private boolean integrity(InstanceRecord instance) {
        return state.get()
                .flatMap(each -> each.pool(instance.address().poolAddress()))
                .filter(pool -> pool.flags().contains(PoolFlag.INTEGRITY))
                .isPresent();
    }

    private void unlock(InstanceRecord instance, int held, VolumeKeys own) throws IOException, ArtefactException {
        var id = instance.address().instance();
        boolean integrity = integrity(instance);
        try (var data = data(id);
                var header = headers.open(id, label(data), own)) {
            long size = data.status().size() - BEFORE;
            long granted = instance.resources().diskGib() * GIB;
            if (size % GIB != 0 || size < held * GIB || size > granted) {
                throw new ArtefactException(Refusal.VOLUME_DIFFERS, id + ": its volume has " + size + " bytes");
            }
            if (luks.hasIntegrity(header, data) != integrity || (integrity && size < granted)) {
                throw new ArtefactException(
                        Refusal.VOLUME_FIXED, id + ": its integrity or lack of it is fixed, and with it its size");
            }
            if (size < granted) {
                data.resize(BEFORE + granted);
                data.sync();
            }
            devices.activate(id, header, data, own.slot());
        }
    }

    /// Creates a volume. Its header is stored last, so that a volume that a crash has left is created again.
    private void make(InstanceRecord instance) throws IOException, ArtefactException {
        var id = instance.address().instance();
        boolean integrity = integrity(instance);
        remove(id);
        try (var data = directory.createBeneath(id.value(), OWNER_ONLY, OpenFlag.READ_WRITE);
                var header = Fd.inMemory();
                var arena = Arena.ofConfined()) {
            var label = UUID.randomUUID().toString().getBytes(US_ASCII);
            data.resize(BEFORE + instance.resources().diskGib() * GIB);
            data.write(arena.allocateFrom(JAVA_BYTE, label));
            data.sync();
            withKeys(instance, own -> {
                luks.format(header, data, BEFORE, own.slot(), integrity);
                if (integrity) {
                    devices.activate(id, header, data, own.slot());
                }
            });
            if (integrity) { // takes long, so hold no key meanwhile
                try {
                    devices.fill(id);
                } finally {
                    devices.deactivate(id);
                }
            }
            withKeys(instance, own -> headers.put(id, SealedHeaders.HEADER, label, own, header));
        }
        log.accept(instance.address() + " has a new volume");
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private Fd data(InstanceId id) throws ErrnoException, ArtefactException {
        try (var file = directory.openBeneath(id.value(), OpenFlag.READ_WRITE, OpenFlag.NON_BLOCKING)) {
            if (file.status().kind() != FileStatus.Kind.REGULAR) {
                throw new ArtefactException(Refusal.VOLUME_DIFFERS, id + ": its volume is not a regular file");
            }
            return file.move();
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                throw new ArtefactException(Refusal.VOLUME_MISSING, id + ": its volume is missing");
            }
            throw e;
        }
    }

    private static byte[] label(Fd data) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            var label = arena.allocate(LABEL);
            data.read(label); // a shorter file leaves zeros, to which no header is bound
            return label.toArray(JAVA_BYTE);
        }
    }

    /// Closes a volume. No-op if it is not open.
    public void close(InstanceId id) throws StepException {
        try {
            devices.deactivate(id);
        } catch (ErrnoException e) {
            throw new StepException("volume", e);
        }
    }

    /// Closes the volumes that earlier hostds have left open.
    ///
    /// @param running instances whose volumes stay open
    public void closeOthers(Collection<InstanceId> running) throws IOException {
        devices.deactivateOthers(running, log);
    }

    /// Destroys a volume: first the headers, which hold its key, then the data. No-op if absent.
    public void erase(InstanceId id) throws StepException {
        try {
            devices.deactivate(id);
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

    /// Encrypts headers under the keys of a state that is about to be in force. Until then volumes open with the old
    /// keys.
    ///
    /// @throws RefusedException if that fails for a volume that opens
    public void rekey(InstalledState next, Collection<InstanceRecord> instances) throws RefusedException {
        for (var instance : instances) {
            var from = choose(state.get(), instance.address().poolAddress());
            var to = choose(Optional.of(next), instance.address().poolAddress());
            if (from.isPresent() && to.isPresent() && !named(from.get()).equals(named(to.get()))) {
                rekey(instance, from, to);
            }
        }
    }

    private void rekey(InstanceRecord instance, Optional<SealedKey> from, Optional<SealedKey> to)
            throws RefusedException {
        var of = instance.address();
        try (var old = derived(from, of);
                var fresh = derived(to, of);
                var data = data(of.instance())) {
            var label = label(data);
            try (var header = headers.open(of.instance(), label, old)) {
                luks.changeSlotKey(header, data, old.slot(), fresh.slot());
                headers.put(of.instance(), SealedHeaders.NEXT, label, fresh, header);
            }
        } catch (ArtefactException e) {
            if (instance.resources().diskGib() > 0) { // the instance could not start before either
                log.accept(of + ": not put under " + named(to.orElseThrow()) + ": " + e.getMessage());
            }
        } catch (IOException e) {
            throw new RefusedException(
                    DocumentReason.KEY_NOT_OPENED, of + ": its volume is not put under it: " + e.getMessage());
        }
    }

    private static Optional<SealedKey> choose(Optional<InstalledState> state, PoolAddress pool) {
        return state.flatMap(each -> each.key(pool, KeyPurpose.VOLUME));
    }

    private static String named(SealedKey key) {
        return "key " + key.id() + ", version " + key.version();
    }

    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's
    private VolumeKeys derived(Optional<SealedKey> key, InstanceAddress of) throws IOException, ArtefactException {
        var derived = key.isPresent()
                ? keys.lend(of.tenant(), key.get(), bytes -> VolumeKeys.derive(hkdf, bytes, of))
                : Optional.<VolumeKeys>empty();
        return derived.orElseThrow(
                () -> new ArtefactException(Refusal.NO_VOLUME_KEY, of + ": no key for its volume is in force"));
    }
}
