package dev.mvm.hostd.volume;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.linux.cryptsetup.Luks;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.fd.Directory;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.fd.OpenFlag;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.InstanceId;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Collection;
import java.util.function.Consumer;

/// Block devices of the device mapper through which open volumes are read and written.
final class VolumeDevices {
    private static final int MOST_DEVICES = 8192;
    private static final Path MAPPER = Path.of("/dev/mapper");
    private static final String PREFIX = "mvm-"; // the launcher hands nothing else to a VMM
    private static final String BELOW =
            "_dif"; // libcryptsetup's name for dm-integrity's device below one with integrity
    private static final long PIECE = 1 << 20;

    private final Luks luks;

    VolumeDevices(Luks luks) {
        this.luks = luks;
    }

    /// Creates an instance's device from its header and its data.
    ///
    /// @param slot opens the slot in the header
    void activate(InstanceId id, Fd header, Fd data, SecretMemory slot) throws ErrnoException {
        luks.activate(header, data, name(id), slot);
    }

    /// Opens an instance's device for reading and writing.
    @MustBeClosed
    Fd open(InstanceId id) throws ErrnoException {
        return Fd.open(MAPPER.resolve(name(id)), OpenFlag.READ_WRITE);
    }

    /// Writes every sector of a device once, because a sector that was never written has no valid tag.
    void fill(InstanceId id) throws ErrnoException {
        try (var device = Fd.open(MAPPER.resolve(name(id)), OpenFlag.WRITE_ONLY);
                var arena = Arena.ofConfined()) {
            var zeros = arena.allocate(PIECE);
            long written;
            do {
                written = device.write(zeros);
                device.sync(); // reports failures early, and keeps little in memory
            } while (written == PIECE);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOSPC) { // the device's end
                throw e;
            }
        }
    }

    /// Removes an instance's device. No-op if absent.
    void deactivate(InstanceId id) throws ErrnoException {
        luks.deactivate(name(id));
    }

    /// Removes the devices that earlier hostds have left.
    ///
    /// @param running instances whose devices stay
    void deactivateOthers(Collection<InstanceId> running, Consumer<String> log) throws IOException {
        var wanted = running.stream().map(VolumeDevices::name).toList();
        try (var mapper = Directory.open(MAPPER)) {
            for (var name : mapper.names(MOST_DEVICES).stream().sorted().toList()) { // a device comes before its _dif
                if (name.startsWith(PREFIX) && !wanted.contains(name.replace(BELOW, ""))) {
                    log.accept("volume " + name + " was left open");
                    luks.deactivate(name);
                }
            }
        }
    }

    private static String name(InstanceId id) {
        return PREFIX + id;
    }
}
