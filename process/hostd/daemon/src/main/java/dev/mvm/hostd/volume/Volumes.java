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
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/// The data volumes of this node's instances; docs/protocol/volume.md. The caller holds the instance's lock.
///
/// Work that uses keys holds [KeySource]'s monitor from choosing a key to having used it, so that no state takes that
/// key out of force meanwhile.
public final class Volumes {
    private static final long GIB = 1L << 30;
    private static final int LABEL = 36; // a UUID as text
    private static final int BEFORE = 1 << 20; // bytes before the contents: the label, and nothing
    private static final int OWNER_ONLY = 0600;
    private static final int MOST_DEVICES = 8192;
    private static final Path MAPPER = Path.of("/dev/mapper");
    private static final String PREFIX = "mvm-"; // the launcher hands nothing else to a VMM
    private static final String BELOW =
            "_dif"; // libcryptsetup's name for dm-integrity's device below one with integrity
    private static final Pattern OURS = Pattern.compile("mvm-i-[0-9a-f]{8}(_dif)?"); // others may be called mvm, too
    private static final long PIECE = 1 << 20;

    private final Directory directory;
    private final KeySource keys;
    private final Supplier<Optional<InstalledState>> state;
    private final Consumer<String> log;
    private final Luks luks = new Luks();
    private final Hkdf hkdf;
    private final SealedHeaders headers;

    /// @param directory root's own, for nothing else
    /// @param state the one in force
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
            luks.deactivate(name(id)); // of a start that did not come about
            try {
                withKeys(instance, own -> unlock(instance, held, own));
            } catch (ArtefactException e) {
                if (held > 0 || e.refusal() == Refusal.NO_VOLUME_KEY) {
                    throw e;
                }
                make(instance);
                withKeys(instance, own -> unlock(instance, held, own));
            }
            return Fd.open(MAPPER.resolve(name(id)), OpenFlag.READ_WRITE);
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
            luks.activate(header, data, name(id), own.slot());
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
            data.resize(BEFORE + instance.resources().diskGib() * GIB);
            data.write(arena.allocateFrom(JAVA_BYTE, label));
            data.sync();
            withKeys(instance, own -> {
                luks.format(header, data, BEFORE, own.slot(), integrity);
                if (integrity) {
                    luks.activate(header, data, name(id), own.slot());
                }
            });
            if (integrity) {
                fill(id); // takes long, so that no key is held meanwhile
            }
            withKeys(instance, own -> headers.put(id, SealedHeaders.HEADER, label, own, header));
        }
        log.accept(instance.address() + " has a new volume");
    }

    /// Writes every sector once, for one that was not has no valid tag; then closes the volume.
    private void fill(InstanceId id) throws ErrnoException {
        try (var device = Fd.open(MAPPER.resolve(name(id)), OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            var zeros = arena.allocate(PIECE);
            long written;
            do {
                written = device.write(zeros);
                device.sync(); // so that failures are found out, and little is in memory
            } while (written == PIECE);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOSPC) { // the device's end
                throw e;
            }
        } finally {
            luks.deactivate(name(id));
        }
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
            luks.deactivate(name(id));
        } catch (ErrnoException e) {
            throw new StepException("volume", e);
        }
    }

    /// Closes what earlier hostds have left open.
    ///
    /// @param running whose volumes stay
    public void closeOthers(Collection<InstanceId> running) throws IOException {
        var wanted = running.stream().map(Volumes::name).toList();
        try (var mapper = Directory.open(MAPPER)) {
            for (var name : mapper.names(MOST_DEVICES).stream().sorted().toList()) { // with what is below it last
                if (OURS.matcher(name).matches() && !wanted.contains(name.replace(BELOW, ""))) {
                    log.accept("volume " + name + " was left open");
                    try {
                        luks.deactivate(name);
                    } catch (ErrnoException e) {
                        log.accept("volume " + name + " stays open: " + e.getMessage()); // its VM may be stuck
                    }
                }
            }
        }
    }

    /// Destroys a volume: first the way to its key, then the rest. No-op if absent.
    public void erase(InstanceId id) throws StepException {
        try {
            luks.deactivate(name(id));
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

    /// Puts volumes under the keys of a state that is about to be in force. Until it is, they open with the old ones.
    ///
    /// @throws RefusedException if that could not be done for one that opens
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
            if (instance.resources().diskGib() > 0) { // it could not be started before, and cannot be after
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

    private static String name(InstanceId id) {
        return PREFIX + id;
    }
}
