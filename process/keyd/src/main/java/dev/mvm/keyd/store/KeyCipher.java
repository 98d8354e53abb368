package dev.mvm.keyd.store;

import static dev.mvm.keyd.store.StoreException.Reason.FAILED;
import static dev.mvm.keyd.store.StoreException.Reason.NO_MASTER_KEY;

import com.google.errorprone.annotations.MustBeClosed;
import dev.mvm.crypto.aead.Randomness;
import dev.mvm.crypto.tenantkeys.KeyPlace;
import dev.mvm.linux.errno.ErrnoException;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.AesGcm;
import dev.mvm.linux.libcrypto.Hkdf;
import dev.mvm.linux.libcrypto.Libcrypto;
import dev.mvm.linux.secret.SecretMemory;
import dev.mvm.model.Bytes;
import dev.mvm.model.NodeId;
import java.lang.foreign.ValueLayout;

/// libcrypto's work on keys, which are in secret memory before and after it.
final class KeyCipher {
    /// Bytes of every key here.
    static final int KEY_SIZE = 32;

    private static final String CHECK = "mvm key check v1"; // docs/protocol/keys.md
    private static final int CHECK_SIZE = 16;
    private static final String HOME = "mvm key home v1\n";

    private final AesGcm aes;
    private final Hkdf hkdf;
    private final Randomness randomness;

    KeyCipher() throws StoreException {
        try {
            var libcrypto = new Libcrypto();
            aes = new AesGcm(libcrypto);
            hkdf = new Hkdf(libcrypto);
            randomness = new Randomness(libcrypto);
        } catch (MissingLibraryException | LibraryException e) {
            throw new StoreException(FAILED, "libcrypto cannot be used: " + e.getMessage(), e);
        }
    }

    /// Memory for a key, zeroed.
    @MustBeClosed
    static SecretMemory room() throws StoreException {
        try {
            return SecretMemory.allocate(KEY_SIZE);
        } catch (ErrnoException e) {
            throw new StoreException(
                    FAILED,
                    "no memory that is never swapped: a larger RLIMIT_MEMLOCK is needed (" + e.getMessage() + ")",
                    e);
        }
    }

    /// A new key.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // the caller's in the end, closed here on the way out of an error
    SecretMemory random() throws StoreException {
        var key = room();
        try {
            randomness.fill(key.bytes());
            return key;
        } catch (LibraryException e) {
            key.close();
            throw failed(e);
        }
    }

    private static StoreException failed(LibraryException e) {
        return new StoreException(FAILED, "libcrypto fails: " + e.getMessage(), e);
    }

    /// Wraps a key for its place.
    byte[] wrap(SecretMemory master, KeyPlace place, SecretMemory key) throws StoreException {
        try {
            return aes.seal(master, place.context(), key.bytes());
        } catch (LibraryException e) {
            throw failed(e);
        }
    }

    /// Opens a key that was wrapped for `place`.
    @MustBeClosed
    @SuppressWarnings("MustBeClosedChecker") // as above
    SecretMemory open(SecretMemory master, KeyPlace place, byte[] box) throws StoreException {
        var key = room();
        if (!aes.open(master, place.context(), box, key.bytes())) {
            key.close();
            throw new StoreException(
                    NO_MASTER_KEY,
                    place + " does not open: wrapped by another master key, for another place, or altered");
        }
        return key;
    }

    /// The check value of a tenant's key.
    Bytes check(SecretMemory key) throws StoreException {
        try (var derived = derive(key, CHECK)) {
            return Bytes.of(derived.bytes().asSlice(0, CHECK_SIZE).toArray(ValueLayout.JAVA_BYTE));
        }
    }

    /// Derives what a node has of a tenant's key: the key of what was sealed on `home`.
    @MustBeClosed
    SecretMemory atHome(SecretMemory key, NodeId home) throws StoreException {
        return derive(key, HOME + home);
    }

    @MustBeClosed
    private SecretMemory derive(SecretMemory key, String info) throws StoreException {
        try {
            return hkdf.derive(key.bytes(), info);
        } catch (LibraryException e) {
            throw failed(e);
        } catch (ErrnoException e) {
            throw new StoreException(FAILED, "no memory that is never swapped: " + e.getMessage(), e);
        }
    }
}
