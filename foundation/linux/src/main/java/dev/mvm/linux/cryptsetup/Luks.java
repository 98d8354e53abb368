package dev.mvm.linux.cryptsetup;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// LUKS2 volumes whose header is a file of its own; libcryptsetup.h, and cryptsetup(8) for the words. AES-XTS with a
/// random key of 512 bits that the library makes, and that no one is told; it is in the header under a *slot key*.
/// With
/// *integrity* each sector has an HMAC-SHA-256 under a further 256 bits of it, kept by dm-integrity beside the
/// sectors.
///
/// Slot keys are derived from random ones, so that there is no guessing to slow down: PBKDF2 with the fewest
/// iterations that the library takes, and nothing that needs much memory. The volume's key goes to the kernel in
/// the device-mapper table and not through the kernel's keyrings, whose calls are denied to the root daemon.
/// Headers are locked by nobody: only their owner has them open. Data is found through a loop device that the
/// library makes, and that is gone with the volume.
///
/// The library also prints its own message on standard error when a call fails. Thread-safe for different files.
public final class Luks {
    private static final int METADATA_SIZE = 16_384;
    private static final int SLOTS_SIZE = 2 * 385_024; // the larger key in 4000 stripes, whole pages
    private static final int KEY_SIZE = 64; // XTS takes two keys of 256 bits
    private static final int HMAC_KEY_SIZE = 32;

    /// Bytes of a header: two copies of its metadata, and two slots, of which one is used.
    public static final int HEADER_SIZE = 2 * METADATA_SIZE + SLOTS_SIZE;

    private static final int SECTOR = 4096; // in which the data is encrypted
    private static final int UNIT = 512; // in which offsets are counted
    private static final int FEWEST_ITERATIONS = 1000;

    // libcryptsetup.h: CRYPT_ANY_SLOT, CRYPT_PBKDF_NO_BENCHMARK, CRYPT_ACTIVATE_PRIVATE, CRYPT_INACTIVE
    private static final int ANY_SLOT = -1;
    private static final int NO_BENCHMARK = 1 << 1;
    private static final int PRIVATE = 1 << 4; // nothing on the host looks for file systems in it
    private static final int INACTIVE = 1;
    private static final long NULL = 0;

    private final CFunction init = find("crypt_init_data_device");
    private final CFunction free = find("crypt_free");
    private final CFunction keyring = find("crypt_volume_key_keyring");
    private final CFunction setPbkdf = find("crypt_set_pbkdf_type");
    private final CFunction setSizes = find("crypt_set_metadata_size");
    private final CFunction setOffset = find("crypt_set_data_offset");
    private final CFunction format = find("crypt_format");
    private final CFunction addSlot = find("crypt_keyslot_add_by_volume_key");
    private final CFunction changeSlot = find("crypt_keyslot_change_by_passphrase");
    private final CFunction load = find("crypt_load");
    private final CFunction integrity = find("crypt_get_integrity_info");
    private final CFunction activate = find("crypt_activate_by_passphrase");
    private final CFunction status = find("crypt_status");
    private final CFunction deactivate = find("crypt_deactivate");

    /// Finds the library.
    ///
    /// @throws MissingLibraryException if libcryptsetup.so.12 is not installed
    public Luks() throws MissingLibraryException {
        var _ = find("crypt_metadata_locking").call(NULL, 0);
    }

    private static CFunction find(String function) throws MissingLibraryException {
        return Library.LIBCRYPTSETUP.find(function);
    }

    /// Writes a header with a new volume key.
    ///
    /// @param header a file for reading and writing, which becomes [#HEADER_SIZE] bytes
    /// @param data what will hold the volume's contents; nothing is written to it without integrity
    /// @param before how many bytes of `data` are not the volume's, a multiple of 1 MiB and at least that
    /// @param integrity whether changed sectors are to be found out; none can be read then before it was written
    public void format(Fd header, Fd data, long before, SecretMemory slotKey, boolean integrity) throws ErrnoException {
        header.resize(HEADER_SIZE);
        try (var device = new Device(header, data)) {
            check("crypt_set_metadata_size", setSizes.call(device.context, METADATA_SIZE, SLOTS_SIZE));
            check("crypt_set_data_offset", setOffset.call(device.context, before / UNIT));
            var parameters = device.arena.allocate(64, Long.BYTES); // struct crypt_params_luks2
            parameters.set(JAVA_LONG, 0, device.pbkdf.address());
            parameters.set(JAVA_LONG, 32, device.text(data.path().toString()));
            parameters.set(JAVA_INT, 40, SECTOR);
            parameters.set(JAVA_LONG, 8, integrity ? device.text("hmac(sha256)") : NULL);
            int size = integrity ? KEY_SIZE + HMAC_KEY_SIZE : KEY_SIZE;
            long xts = device.text("xts-plain64");
            long aes = device.text("aes");
            long where = parameters.address();
            check("crypt_format", format.call(device.context, device.type(), aes, xts, NULL, NULL, size, where));
            var key = slotKey.bytes();
            long result = addSlot.call(device.context, 0, NULL, 0, key.address(), key.byteSize());
            check("crypt_keyslot_add_by_volume_key", result);
        }
    }

    /// Puts the volume's key under another slot key, and destroys the slot that it was in.
    ///
    /// @throws ErrnoException EPERM if `old` is not the slot key; EINVAL if `header` is not a LUKS2 header
    public void changeSlotKey(Fd header, Fd data, SecretMemory old, SecretMemory fresh) throws ErrnoException {
        try (var device = new Device(header, data)) {
            check("crypt_load", load.call(device.context, device.type(), NULL));
            long first = old.bytes().address();
            long second = fresh.bytes().address();
            long size = old.bytes().byteSize();
            long length = fresh.bytes().byteSize();
            long result = changeSlot.call(device.context, ANY_SLOT, ANY_SLOT, first, size, second, length);
            check("crypt_keyslot_change_by_passphrase", result);
        }
    }

    /// Returns whether the volume was made with integrity.
    ///
    /// @throws ErrnoException EINVAL if `header` is not a LUKS2 header
    public boolean hasIntegrity(Fd header, Fd data) throws ErrnoException {
        try (var device = new Device(header, data)) {
            check("crypt_load", load.call(device.context, device.type(), NULL));
            var found = device.arena.allocate(96, Long.BYTES); // struct crypt_params_integrity
            check("crypt_get_integrity_info", integrity.call(device.context, found.address()));
            return found.get(JAVA_LONG, 32) != NULL;
        }
    }

    /// Makes the volume appear as `/dev/mapper/NAME`, as large as `data` is now. Discards are not passed on,
    /// which would tell what is in use. Needs CAP_SYS_ADMIN and the kernel's device-mapper.
    ///
    /// @param name empty only looks whether the slot key is right
    /// @throws ErrnoException EPERM if it is not; EINVAL if `header` is not a LUKS2 header
    public void activate(Fd header, Fd data, String name, SecretMemory slotKey) throws ErrnoException {
        try (var device = new Device(header, data)) {
            check("crypt_load", load.call(device.context, device.type(), NULL));
            long named = name.isEmpty() ? NULL : device.text(name);
            var key = slotKey.bytes();
            long result = activate.call(device.context, named, ANY_SLOT, key.address(), key.byteSize(), PRIVATE);
            check("crypt_activate_by_passphrase", result);
        }
    }

    /// Removes the device, and the kernel forgets its key. No-op if there is none of that name.
    ///
    /// @throws ErrnoException EBUSY if someone has it open
    public void deactivate(String name) throws ErrnoException {
        try (var arena = Arena.ofConfined()) {
            long named = CString.of(arena, name).address();
            if ((int) status.call(NULL, named) > INACTIVE) {
                check("crypt_deactivate", deactivate.call(NULL, named));
            }
        }
    }

    private static void check(String function, long result) throws ErrnoException {
        if ((int) result < 0) {
            throw new ErrnoException(function, -(int) result);
        }
    }

    /// The library's context for one volume.
    private final class Device implements AutoCloseable {
        private final Arena arena = Arena.ofConfined();
        private final MemorySegment pbkdf = arena.allocate(40, Long.BYTES); // struct crypt_pbkdf_type
        private final MemorySegment handle = arena.allocate(JAVA_LONG);
        private final long context;

        Device(Fd header, Fd data) throws ErrnoException {
            long headerPath = text(header.path().toString());
            long dataPath = text(data.path().toString());
            pbkdf.set(JAVA_LONG, 0, text("pbkdf2"));
            pbkdf.set(JAVA_LONG, 8, text("sha256"));
            pbkdf.set(JAVA_INT, 20, FEWEST_ITERATIONS);
            pbkdf.set(JAVA_INT, 32, NO_BENCHMARK);
            try {
                check("crypt_init_data_device", init.call(handle.address(), headerPath, dataPath));
                context = handle.get(JAVA_LONG, 0);
                check("crypt_volume_key_keyring", keyring.call(context, 0));
                check("crypt_set_pbkdf_type", setPbkdf.call(context, pbkdf.address()));
            } catch (ErrnoException e) {
                close();
                throw e;
            }
        }

        long text(String text) {
            return CString.of(arena, text).address();
        }

        long type() {
            return text("LUKS2");
        }

        @Override
        public void close() {
            var _ = free.call(handle.get(JAVA_LONG, 0));
            arena.close();
        }
    }
}
