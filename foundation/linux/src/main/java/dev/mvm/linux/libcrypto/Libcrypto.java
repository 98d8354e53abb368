package dev.mvm.linux.libcrypto;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.call.Library;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import java.lang.foreign.Arena;
import java.nio.charset.StandardCharsets;

/// OpenSSL 3's libcrypto, initialised without its configuration file: what that could load into the root process is
/// not for a file to decide; OPENSSL_init_crypto(3).
public final class Libcrypto {
    private static final long OPENSSL_INIT_NO_LOAD_CONFIG = 0x80; // openssl/crypto.h
    private static final int MESSAGE_SIZE = 256;

    private final CFunction getError = find("ERR_get_error");
    private final CFunction errorText = find("ERR_error_string_n");
    private final CFunction clearErrors = find("ERR_clear_error");

    /// Finds and initialises the library.
    ///
    /// @throws MissingLibraryException if libcrypto.so.3 is not installed
    public Libcrypto() throws MissingLibraryException, LibraryException {
        int settings = 0; // none
        if ((int) find("OPENSSL_init_crypto").call(OPENSSL_INIT_NO_LOAD_CONFIG, settings) != 1) {
            throw failure("OPENSSL_init_crypto");
        }
    }

    public static CFunction find(String function) throws MissingLibraryException {
        return Library.LIBCRYPTO.find(function);
    }

    /// Returns the exception for a failed `function`: with the oldest entry of the thread's error queue, which is
    /// then emptied; ERR_get_error(3).
    public LibraryException failure(String function) {
        try (var arena = Arena.ofConfined()) {
            var text = arena.allocate(MESSAGE_SIZE);
            var _ = errorText.call(getError.call(), text.address(), MESSAGE_SIZE);
            clearErrors();
            return new LibraryException(function, text.getString(0, StandardCharsets.US_ASCII));
        }
    }

    /// Forgets earlier errors of this thread, so that they are not taken for later ones.
    public void clearErrors() {
        var _ = clearErrors.call();
    }
}
