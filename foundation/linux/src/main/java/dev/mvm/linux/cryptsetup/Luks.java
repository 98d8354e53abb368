package dev.mvm.linux.cryptsetup;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.CString;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.Errno;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.fd.Fd;
import dev.mvm.linux.secret.SecretMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/// LUKS2 volumes whose header is a file of its own; libcryptsetup.h, and cryptsetup(8) for the words. AES-XTS with a
/// random key of 512 bits that the library makes; it is in the header under a *slot key*. The library does no more
/// than read and write headers: it has no device-mapper.
///
/// Slot keys are derived from random ones, so that there is no guessing to slow down: PBKDF2 with the fewest
/// iterations that the library takes, and nothing that needs much memory. Headers are not locked: only their
/// owner has them open.
///
/// The library also prints its own message on standard error when a call fails. Thread-safe for different files.
public final class Luks {
    private static final int METADATA_SIZE = 16_384;
    private static final int SLOTS_SIZE = 2 * 385_024; // the larger key in 4000 stripes, whole pages
    private static final int MOST_TEXT = 48; // bytes of a label, LUKS2 On-Disk Format Specification

    /// Bytes of a volume's key: XTS takes two keys of 256 bits.
    public static final int KEY_SIZE = 64;

    /// Bytes of a header: two copies of its metadata, and two slots, of which one is used.
    public static final int HEADER_SIZE = 2 * METADATA_SIZE + SLOTS_SIZE;

    private static final int SECTOR = 4096; // in which the data is encrypted
    private static final int UNIT = 512; // in which offsets are counted
    private static final int FEWEST_ITERATIONS = 1000;

    // libcryptsetup.h: CRYPT_ANY_SLOT, CRYPT_PBKDF_NO_BENCHMARK
    private static final int ANY_SLOT = -1;
    private static final int NO_BENCHMARK = 1 << 1;
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
    private final CFunction label = find("crypt_get_label");
    private final CFunction volumeKey = find("crypt_volume_key_get");

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
    /// @param data what will hold the volume's contents; nothing is written to it
    /// @param before how many bytes of `data` are not the volume's, a multiple of 1 MiB and at least that
    /// @param label up to 47 bytes of text that the header has besides, which is not the library's business
    public void format(Fd header, Fd data, long before, SecretMemory slotKey, String label) throws ErrnoException {
        header.resize(HEADER_SIZE);
        try (var device = new Device(header, data)) {
            check("crypt_set_metadata_size", setSizes.call(device.context, METADATA_SIZE, SLOTS_SIZE));
            check("crypt_set_data_offset", setOffset.call(device.context, before / UNIT));
            var parameters = device.arena.allocate(64, Long.BYTES); // struct crypt_params_luks2
            parameters.set(JAVA_LONG, 0, device.pbkdf.address());
            parameters.set(JAVA_LONG, 32, device.text(data.path().toString()));
            parameters.set(JAVA_INT, 40, SECTOR);
            parameters.set(JAVA_LONG, 48, device.text(label));
            long xts = device.text("xts-plain64");
            long aes = device.text("aes");
            long where = parameters.address();
            check("crypt_format", format.call(device.context, device.type(), aes, xts, NULL, NULL, KEY_SIZE, where));
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

    /// Returns the label that the header was made with; empty if it has none.
    ///
    /// @throws ErrnoException EINVAL if `header` is not a LUKS2 header
    public String label(Fd header, Fd data) throws ErrnoException, MissingLibraryException {
        try (var device = new Device(header, data)) {
            check("crypt_load", load.call(device.context, device.type(), NULL));
            return CString.read(label.call(device.context), MOST_TEXT);
        }
    }

    /// Opens the volume's key.
    ///
    /// @param into becomes the key in its first [#KEY_SIZE] bytes
    /// @throws ErrnoException EPERM if `slotKey` is not the slot key; EINVAL if `header` is not a LUKS2 header, or
    ///     has a key of another size
    public void volumeKey(Fd header, Fd data, SecretMemory slotKey, SecretMemory into) throws ErrnoException {
        try (var device = new Device(header, data)) {
            check("crypt_load", load.call(device.context, device.type(), NULL));
            var size = device.arena.allocate(JAVA_LONG);
            size.set(JAVA_LONG, 0, into.bytes().byteSize());
            var key = slotKey.bytes();
            long to = into.bytes().address();
            long where = size.address();
            long slot = volumeKey.call(device.context, ANY_SLOT, to, where, key.address(), key.byteSize());
            check("crypt_volume_key_get", slot);
            if (size.get(JAVA_LONG, 0) != KEY_SIZE) {
                throw new ErrnoException("crypt_volume_key_get", Errno.EINVAL);
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
