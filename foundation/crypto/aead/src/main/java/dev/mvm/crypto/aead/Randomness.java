package dev.mvm.crypto.aead;

import dev.mvm.linux.call.CFunction;
import dev.mvm.linux.errno.LibraryException;
import dev.mvm.linux.errno.MissingLibraryException;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.lang.foreign.MemorySegment;

/// libcrypto's random numbers; RAND_priv_bytes(3).
public final class Randomness {
    private final Libcrypto libcrypto;
    private final CFunction random = Libcrypto.find("RAND_priv_bytes");

    public Randomness(Libcrypto libcrypto) throws MissingLibraryException {
        this.libcrypto = libcrypto;
    }

    /// Fills memory off the heap with bytes that may become a key.
    public void fill(MemorySegment into) throws LibraryException {
        if ((int) random.call(into.address(), into.byteSize()) != 1) {
            throw libcrypto.failure("RAND_priv_bytes");
        }
    }
}
