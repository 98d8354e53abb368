package dev.mvm.hostd;

import dev.mvm.linux.libcrypto.Ed25519;
import dev.mvm.linux.libcrypto.Libcrypto;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/// The native code of a start, linked by a thread of its own: that takes as long as reading the trust root, and neither
/// needs the other before a signature is checked.
final class NativeLibraries {
    private final FutureTask<Ed25519> linked = new FutureTask<>(() -> new Ed25519(new Libcrypto()));

    private NativeLibraries() {}

    static NativeLibraries link() {
        var libraries = new NativeLibraries();
        Thread.ofPlatform().name("link").daemon().start(libraries.linked);
        return libraries;
    }

    /// Waits until everything is linked.
    ///
    /// @throws UncheckedIOException if a library is missing
    Ed25519 ed25519() {
        try {
            return linked.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException missing) {
                throw new UncheckedIOException(missing.getMessage(), missing);
            }
            throw new IllegalStateException("native code cannot be linked", e.getCause());
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts a start", e);
        }
    }
}
